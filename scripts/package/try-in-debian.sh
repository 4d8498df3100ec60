#!/bin/sh
# In a fresh Debian with systemd: install the package, start the agent by its unit, see it live, hang and be restarted,
# update it, roll it back, remove and purge it. /opt holds the package, a site file, a key and two updates.
# Prints one line a step; ends the machine.
passed=0
failed=0
step() {
  what=$1
  shift
  if "$@" > /tmp/step.log 2>&1; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
    tail -n 25 /tmp/step.log | sed 's/^/        /'
  fi
}
within() { # seconds command...
  seconds=$1
  shift
  for _ in $(seq "$seconds"); do
    if "$@"; then return 0; fi
    sleep 1
  done
  journalctl -u gatehouse -n 15 --no-pager -o cat
  return 1
}
answers() { gate status > /tmp/status.log 2>&1; }
runs() { gate update --json 2> /dev/null | grep -q "\"version\": \"$1\""; }
settled() { gate update --json 2> /dev/null | grep -q '"trial": null'; }
restarted() { [ "$(systemctl show -p NRestarts --value gatehouse)" -gt 0 ]; }
gone() { for path in "$@"; do [ ! -e "$path" ] || { echo "$path is left"; return 1; }; done; }

step "installs" dpkg -i /opt/gatehouse.deb
step "doesn't run without a site file" sh -c '! systemctl is-active -q gatehouse'
install -o root -g gatehouse -m 0640 /opt/site.yaml /etc/gatehouse/site.yaml
install -m 0644 /opt/update-key.pub.pem /etc/gatehouse/update-keys/test.pem
step "can be configured twice" /var/lib/dpkg/info/gatehouse.postinst configure
# An emulated computer needs a minute for what takes another a second.
if ! systemd-detect-virt -q --container; then
  mkdir -p /etc/systemd/system/gatehouse.service.d
  printf '[Service]\nTimeoutStartSec=300\nWatchdogSec=60\n' > /etc/systemd/system/gatehouse.service.d/emulated.conf
  systemctl daemon-reload
fi
systemctl start --no-block gatehouse
step "the unit is well formed" systemd-analyze verify /usr/lib/systemd/system/gatehouse.service
systemd-analyze security --no-pager gatehouse.service 2>/dev/null | tail -n 1
step "starts, and is ready by its own word" within 240 systemctl is-active -q gatehouse
step "gate status answers" within 120 answers
cat /tmp/status.log
step "runs as its own user" sh -c '[ "$(stat -c %U "/proc/$(systemctl show -p MainPID --value gatehouse)")" = gatehouse ]'
step "its socket is for its group only" sh -c '[ "$(stat -c %U:%G:%a /run/gatehouse)" = gatehouse:gatehouse:750 ]'
step "tells systemd how it is" within 60 sh -c 'systemctl show -p StatusText --value gatehouse | grep -q "All is well"'
kill -STOP "$(systemctl show -p MainPID --value gatehouse)"
step "is killed and started anew when it hangs (Verifies: SAFE-10)" within 180 restarted
step "answers again" within 240 answers
# An update waits until the lanes are clear, so somebody has to say that they are.
/usr/lib/gatehouse/bin/node /opt/quiet-lanes.mjs /run/gatehouse/io.sock in-1 out-1 &
step "has clear lanes" within 60 sh -c 'gate lanes | grep -q "in-1 .*down .*clear"'
step "refuses an update that is not signed" sh -c '! gate update /opt/unsigned.update 2> /tmp/refusal && grep -q "(unsigned)" /tmp/refusal'
step "installs a signed update" gate update --without-agent /opt/good.update
step "starts it on trial" within 90 runs "$(cat /opt/good.version)"
step "rolls back by hand" gate rollback --without-agent
step "runs the package's own release again" within 120 runs "$(cat /opt/base.version)"
step "answers after all of it" within 240 answers
step "removes" dpkg -r gatehouse
step "leaves configuration and data when removed" test -e /etc/gatehouse/site.yaml -a -d /var/lib/gatehouse
step "purges without a question" dpkg --purge gatehouse
step "leaves nothing" gone /var/lib/gatehouse /etc/gatehouse /usr/lib/gatehouse /usr/bin/gate /run/gatehouse
echo "$passed passed, $failed failed"
echo "gatehouse-machine ended with $failed"
systemctl poweroff --force --force
