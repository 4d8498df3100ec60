#!/bin/sh
# Stands in for ffmpeg where its caller can only name an address on the command line: the two arguments `-i ADDRESS` are
# replaced by the list in GATEHOUSE_VIDEO_INPUT, which no list of processes shows.
[ "$1" = "-i" ] || { echo "Expected -i ADDRESS first." >&2; exit 2; }
shift 2
exec ffmpeg -hide_banner -f concat -safe 0 -protocol_whitelist pipe,rtsp,rtsps,rtp,tcp,udp,tls,crypto -i pipe:0 "$@" <<END
$GATEHOUSE_VIDEO_INPUT
END
