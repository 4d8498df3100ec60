#!/bin/sh
# Restarts the agent at a moment when no lane is in use, for at most so many seconds (300). After that it restarts all the
# same: the program's files are new already, and an agent that goes on with half of them is worse than one that begins with
# all relays off. Ctrl-C leaves the old agent running.
wait=${1:-300}
if systemctl --system is-active --quiet gatehouse.service; then
  echo "gatehouse: waits up to $wait s for a moment when no lane is in use"
  gate lanes --wait-clear "$wait" > /dev/null 2>&1
  case $? in
    0) ;;
    5) echo "gatehouse: a lane is still in use, or a loop can't be read. The agent restarts now; look at the lanes." ;;
    *) echo "gatehouse: the running agent could not be asked. It restarts now; look at the lanes." ;;
  esac
fi
systemctl --system restart gatehouse.service
