#!/bin/sh
# Node of the system. Debian builds it without the part that reads TypeScript, so this release's sources carry no types.
folder=$(dirname "$(readlink -f "$0")")
export NODE_OPTIONS="--import=\"$folder/plain-typescript.mjs\"${NODE_OPTIONS:+ $NODE_OPTIONS}"
exec "${GATEHOUSE_SYSTEM_NODE:-/usr/bin/node}" "$@"
