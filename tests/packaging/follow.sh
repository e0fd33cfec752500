#!/usr/bin/env bash
# Follows install.md as it is printed, in a Debian of its own, and looks after each section at what an operator would notice.
set -euo pipefail
cd "$(dirname "$0")"
page="$PWD/install.md"
log=/run/mobileim-server.log
config=/etc/mobileim/mobileim.toml
# So that maintainer scripts believe that systemd runs. What they, and the page, call is the stand-in: apt has a PATH of its own.
mkdir -p /run/systemd/system
mv /usr/bin/systemctl /usr/bin/systemctl.real
mv systemctl /usr/bin/systemctl
ip link set lo up
shopt -s inherit_errexit

fail() {
  printf 'FAILED, section "%s": %s\n' "$section" "$*" >&2
  [[ ! -e $log ]] || tail -n 30 "$log" >&2
  exit 1
}
says() { grep -qE -- "$2" <<<"$1" || fail "$3: it says:"$'\n'"$1"; }
running() { pgrep --exact mobileim-server >/dev/null; }

# commands HEADING: what a shell does to follow a section: its examples in sh, and its files, each named in the line before.
commands() {
  awk -v heading="## $1" '
    /^## / { here = $0 == heading }
    !here { next }
    /^```sh$/ { inside = "sh"; next }
    /^```toml$/ { inside = "file"; print "cat >" file " <<\"END OF FILE\""; next }
    /^```$/ { if (inside == "file") print "END OF FILE"; inside = ""; next }
    inside { print; next }
    match($0, /^`[^`]+`:$/) { file = substr($0, 2, length($0) - 3) }
  ' "$page"
}

# follow HEADING: in this very shell, as an operator keeps one open. What it writes is in $output.
follow() {
  section="$1"
  printf -- '--- %s\n' "$section"
  local text
  text="$(commands "$section")"
  [[ -n "$text" ]] || fail "the page has no such section, or no examples in it"
  eval "$text" >/tmp/output 2>&1 || fail "it failed: $(cat /tmp/output)"
  output="$(cat /tmp/output)"
  sed 's/.*\r//; s/^/    /' /tmp/output
}

cd /root

follow Install
says "$output" 'is not running: it has to be told who may log in' "the package says what to do next"
says "$(dpkg-query --show --showformat '${Conffiles}' mobileim-server)" "$config" "the configuration is a conffile"
[[ "$(stat -c '%U:%G %a' "$config")" == "root:mobileim 640" ]] || fail "the configuration's rights: $(stat -c '%U:%G %a' "$config")"
[[ "$(stat -c '%U:%G %a' /etc/mobileim)" == "root:mobileim 2750" ]] || fail "the folder's rights: $(stat -c '%U:%G %a' /etc/mobileim)"
diff <(mobileim-server config) "$config" >/tmp/output && fail "the configuration has nothing that a package knows"
says "$(cat /tmp/output)" '^> data-dir = "/var/lib/mobileim"$' "the configuration differs from the example in one line"
[[ "$(grep -c '^[<>]' /tmp/output)" == 2 ]] || fail "the configuration differs from the example in more than one line: $(cat /tmp/output)"
! running || fail "it was started without a configuration"
! systemctl is-enabled mobileim-server >/dev/null || fail "it starts with the machine, without a configuration"
# Started all the same, it says what is missing, with the status after which systemd does not try again.
status=0
unit=/usr/lib/systemd/system/mobileim-server.service
refusal="$(cd /etc/mobileim && bash -c "$(sed -n 's/^ExecStart=//p' $unit)" 2>&1)" || status=$?
[[ "$status" == "$(sed -n 's/^RestartPreventExitStatus=//p' $unit)" ]] || fail "it ended with $status"
says "$refusal" 'nothing says who may log in' "a server without a configuration refuses to start"

section="the unit"
says "$(systemd-analyze verify mobileim-server.service 2>&1 || echo failed)" '^$' "systemd knows every line of the unit"
says "$(systemd-analyze security --offline=yes --threshold=20 mobileim-server.service 2>&1 || echo "too exposed")" 'OK|exposure' "the unit is hardened"
systemd-analyze security --offline=yes --threshold=20 --no-pager mobileim-server.service | tail -n 1

follow Configure
says "$output" 'nothing is wrong' "the configuration is right"

section="what the unit forbids"
install -d -o mobileim /tmp/traced
(cd /etc/mobileim && exec strace -f -qq -u mobileim -o /tmp/trace mobileim-server --config "$config" --data-dir /tmp/traced \
  --wss 127.0.0.1:0 --tcp-tls 127.0.0.1:0 --http 127.0.0.1:0) >/tmp/traced.ready 2>/tmp/traced.log &
tracer=$!
until grep -q '^ready ' /tmp/traced.ready; do kill -0 "$tracer" 2>/dev/null || fail "it does not run under strace: $(cat /tmp/traced.log)"; done
listener() { sed -nE "s/.* $1=([^ ]+).*/\1/p" /tmp/traced.ready; }
MOBILEIM_CA=/etc/mobileim/fullchain.pem MOBILEIM_TOKEN="$(mobileim-server token --user alice)" \
  mobileim send --no-outbox --tcp "$(listener tcp-tls)" --tls --user alice --to bob "traced"
curl -sSf "http://$(listener http)/metrics" >/dev/null
pkill -HUP --exact mobileim-server
pkill -TERM --exact mobileim-server
wait "$tracer" || fail "it ended with an error: $(cat /tmp/traced.log)"
# calls GROUP: the system calls that a group of systemd's has, groups in it included.
calls() {
  local call
  while read -r call; do
    case "$call" in
      @*) calls "$call" ;;
      [a-z_]*) echo "$call" ;;
    esac
  done < <(systemd-analyze syscall-filter "$1" | tail -n +2)
}
grep -q '^SystemCallFilter=@system-service$' $unit || fail "the unit has another filter than this test"
grep -q '^SystemCallFilter=~@privileged$' $unit || fail "the unit has another filter than this test"
forbidden="$(sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' /tmp/trace | sort -u | comm -23 - <(comm -23 <(calls @system-service | sort -u) <(calls @privileged | sort -u)))"
[[ -z "$forbidden" ]] || fail "it makes system calls that the unit forbids: $forbidden"
says "$(grep -cE '^[0-9]+ +(accept4|fdatasync|epoll_wait)\(' /tmp/trace)" '[1-9]' "the trace has what the server does"
families="$(grep -oE 'socket\(AF_[A-Z0-9]+' /tmp/trace | sed 's/.*(//' | sort -u)"
for family in $families; do
  grep -qE "^RestrictAddressFamilies=.*\\b$family\\b" $unit || fail "it opens a socket of $family, which the unit forbids"
done
! grep -E 'PROT_WRITE\|PROT_EXEC' /tmp/trace || fail "it wants memory that can be written and run, which the unit forbids"

follow Start
says "$output" '^ok$' "it is ready"
says "$(cat $log)" 'ready .*wss=0.0.0.0:443' "it listens on a port of root's"
pid="$(cat /run/mobileim-server.pid)"
says "$(stat -c %U "/proc/$pid")" '^mobileim$' "it runs as its user"
says "$(grep NoNewPrivs "/proc/$pid/status")" '1$' "it gets no new rights"
says "$(stat -c '%U %a' /var/lib/mobileim)" '^mobileim 700$' "only it reads messages"

follow "The first message"
says "$output" 'Hello from the first ten minutes' "bob has the message"
says "$output" 'mobileim_messages_total.*stored.* 1' "the metrics tell that it was stored"
# bob's terminal ends with its message; the server counts it when the acknowledgement comes.
until curl -sf http://127.0.0.1:8080/metrics | grep '^mobileim_messages_total.*fetched.* 1'; do kill -0 "$pid" || fail "it does not run any more"; done

serial() { openssl s_client -connect localhost:8902 </dev/null 2>/dev/null | openssl x509 -noout -serial; }
before="$(serial)"
export MOBILEIM_CA=/root/both.pem
cat /etc/mobileim/fullchain.pem >/root/both.pem
# Somebody who is online while the certificate is exchanged, and hears of a message after it.
MOBILEIM_TOKEN="$(mobileim-server token --user carol --valid-for 1h)" \
  mobileim listen --tcp localhost:8902 --tls --user carol --count 1 >/tmp/carol 2>/tmp/carol.log &
carol=$!
until curl -sf http://127.0.0.1:8080/metrics | grep -q '^mobileim_sessions{transport="tcp"} 1'; do
  kill -0 "$carol" 2>/dev/null || fail "carol cannot log in: $(cat /tmp/carol.log)"
done
follow "Another certificate"
# SIGHUP is heeded when the server comes to it.
until [[ "$(serial)" != "$before" ]]; do kill -0 "$pid" || fail "it does not run any more"; done
says "$(serial)" "^$(openssl x509 -noout -serial -in /etc/mobileim/fullchain.pem)$" "new connections get the new certificate"
cat /etc/mobileim/fullchain.pem >>/root/both.pem
MOBILEIM_TOKEN="$(mobileim-server token --user alice)" mobileim send --tcp localhost:8902 --tls --user alice --to carol "still there"
wait "$carol" || fail "carol: $(cat /tmp/carol.log)"
says "$(cat /tmp/carol)" 'still there' "a session outlasts a certificate"
says "$(curl -sf http://127.0.0.1:8080/metrics)" '^mobileim_sessions_begun_total\{transport="tcp"\} 4$' "carol did not log in again"

section="an upgrade whose configuration has changed"
mkdir /root/new
dpkg-deb -R /root/mobileim-server_*.deb /tmp/unpacked
rm /root/mobileim-server_*.deb
# newer VERSION: a package of a later version, with another configuration file.
newer() {
  sed -i "s/^Version: .*/Version: $1/" /tmp/unpacked/DEBIAN/control
  echo "# of $1" >>/tmp/unpacked/etc/mobileim/mobileim.toml
  rm -f /root/new/*
  dpkg-deb --root-owner-group -Zgzip -z1 -b /tmp/unpacked "/root/new/mobileim-server_$1_amd64.deb" >/dev/null
}
newer 9.0.0-1
cp "$config" /tmp/config
MOBILEIM_TOKEN="$(mobileim-server token --user alice)" mobileim send --tcp localhost:8902 --tls --user alice --to bob "before the upgrade"
cd /root/new
follow Upgrade
cmp -s "$config" /tmp/config || fail "the operator's configuration is gone"
new_pid="$(cat /run/mobileim-server.pid)"
[[ "$new_pid" != "$pid" ]] || fail "the new version was not started"
curl -sSf --retry 30 --retry-delay 1 --retry-connrefused http://127.0.0.1:8080/readyz >/dev/null
cd /etc/mobileim
says "$(MOBILEIM_TOKEN="$(mobileim-server token --user bob)" mobileim listen --tcp localhost:8902 --tls --user bob --count 1)" \
  'before the upgrade' "messages wait across an upgrade"

section="an upgrade to a version that refuses the configuration"
newer 9.0.1-1
sed -i 's/^tls-key/tls-kay/' "$config"
cd /root/new
follow Upgrade
says "$output" 'mobileim.toml:[0-9]+: unknown key .listen.tls-kay' "it says what is wrong"
says "$output" 'THE OLD VERSION IS STILL RUNNING' "it says that the old version goes on"
{ [[ "$(cat /run/mobileim-server.pid)" == "$new_pid" ]] && kill -0 "$new_pid"; } || fail "the old version does not run any more"
cp /tmp/config "$config"

section=Remove
mapfile -t removal < <(commands Remove)
[[ "${#removal[@]}" == 2 ]] || fail "two commands, not ${#removal[@]}"
eval "${removal[0]}" >/tmp/output 2>&1 || fail "$(cat /tmp/output)"
! running || fail "it still runs"
cmp -s "$config" /tmp/config || fail "the configuration is gone"
[[ -e /var/lib/mobileim/mobileim.db ]] || fail "the messages are gone"
eval "${removal[1]}" >/tmp/output 2>&1 || fail "$(cat /tmp/output)"
left="$(find / -xdev \( -path /proc -o -path /dev -o -path /root -o -path /tmp -o -path /run \) -prune -o \
  \( -iname '*mobileim*' -not -path '/var/log/*' -o -nouser -o -nogroup \) -print)"
[[ -z "$left" ]] || fail "this is left: $left"
! id mobileim >/dev/null 2>&1 || fail "its user is left"
! dpkg-query --show mobileim-server >/dev/null 2>&1 || fail "dpkg still knows it"
echo "docs/install.md, followed as it is printed: an operator has what it promises"
