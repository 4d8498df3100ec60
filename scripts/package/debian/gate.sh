#!/bin/sh
# The technician's command, of the release that runs.
release=/var/lib/gatehouse/updates/current
[ -e "$release/edge/src/cli/main.ts" ] || release=/usr/lib/gatehouse
export GATEHOUSE_DATA_DIR="${GATEHOUSE_DATA_DIR:-/var/lib/gatehouse/data}"
export GATEHOUSE_SITE="${GATEHOUSE_SITE:-/etc/gatehouse/site.yaml}"
exec "$release/bin/node" "$release/edge/src/cli/main.ts" "$@"
