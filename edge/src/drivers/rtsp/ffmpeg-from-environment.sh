#!/bin/sh
# Stands in for ffmpeg where its caller can only name an address on the command line: the two arguments `-i ADDRESS` are
# replaced by GATEHOUSE_VIDEO_ARGUMENTS (words without blanks, ffmpeg-input.ts has them), which read the list in
# GATEHOUSE_VIDEO_INPUT; no list of processes shows that. ffmpeg tells the picture's size, which its caller waits for.
[ "$1" = "-i" ] || { echo "Expected -i ADDRESS first." >&2; exit 2; }
shift 2
exec ffmpeg -hide_banner $GATEHOUSE_VIDEO_ARGUMENTS "$@" <<END
$GATEHOUSE_VIDEO_INPUT
END
