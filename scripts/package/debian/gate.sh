#!/bin/sh
# The technician's command, of the release that runs.
release=/var/lib/gatehouse/updates/current
[ -e "$release/edge/src/cli/main.ts" ] || release=/usr/lib/gatehouse
exec "$release/bin/node" "$release/edge/src/cli/main.ts" "$@"
