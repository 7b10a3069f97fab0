# Runs in the privileged pod, by the programs of its image: sh helper.sh look|write|undo
# It finds the containerd that started it, and runs node.sh in the mounts of that. Beside it is what is to be written:
# the file `list` has lines of `FILE COMMAND PATH ARGUMENTS...`, by the commands of node.sh. Environment:
#   CONFIG_PATH  where containerd must look for registries before it is restarted, if that was changed
#   RESTART      `yes` where containerd must be restarted
#   KEEP, NAMES  for node.sh
fact() { echo "fact $*"; }
fail() {
  fact failed "$*"
  exit 1
}

# The containerd that listens on the socket by which this pod was started.
owner() {
  for process in /proc/[0-9]*; do
    [ "$(cat "$process/comm" 2>/dev/null)" = containerd ] || continue
    socket=$(awk -v path="$ADDRESS" '$8 == path && $4 == "00010000" { print $7; exit }' "$process/net/unix" 2>/dev/null)
    if [ -n "$socket" ] && ls -l "$process/fd" 2>/dev/null | grep -q "socket:\[$socket\]"; then
      basename "$process"
      return 0
    fi
  done
  return 1
}

# The value of an option that containerd was started with.
option() { # NAME...
  for name; do
    tr '\0' '\n' <"/proc/$PID/cmdline" | sed -n -e "/^$name\$/{n;p;}" -e "s/^$name=//p"
  done | head -n 1
}

node() { nsenter -m"/proc/$$/fd/9" -- /bin/sh -c "$(cat "$work/node.sh")" node "$@"; }

# It is back when another process listens, stays, and serves the kubelet; its supervisor has started it, be it systemd
# or not.
restart() {
  old=$PID
  node restart || kill "$old" 2>/dev/null
  for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    sleep 1
    new=$(owner) || continue
    [ "$new" != "$old" ] || continue
    sleep 1
    [ "$(owner)" = "$new" ] || continue
    PID=$new
    node serves || return 1
    fact restarted "$old $new"
    return 0
  done
  return 1
}

write() {
  while read -r file command; do
    # shellcheck disable=SC2086
    node $command <"$work/$file" || {
      node restore
      fail "Could not $command"
    }
  done <"$work/list"
  [ "$RESTART" = yes ] || return 0
  node accepts "$CONFIG_PATH" || {
    node restore
    fail "containerd does not take its new configuration; what was there before is there again"
  }
  restart || {
    node restore
    restart || fail "containerd did not come back, nor with what was there before, which is there again"
    fail "containerd did not come back; it runs again with what was there before"
  }
}

undo() {
  node untouched || fail "Somebody has changed what was written; nothing was put back"
  node restore || fail "What was there before could not be put back"
  [ "$RESTART" = yes ] || return 0
  restart || fail "containerd did not come back"
}

work=$(dirname "$0")
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
shim=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$$/status")
ADDRESS=$(tr '\0' '\n' <"/proc/$shim/cmdline" | sed -n '/^-address$/{n;p;}')
[ -n "$ADDRESS" ] || fail "This pod was not started by containerd"
PID=$(owner) || fail "No containerd listens on $ADDRESS"
exec 9<"/proc/$PID/ns/mnt"
EXE=$(readlink "/proc/$PID/exe" | sed 's/ (deleted)$//')
CONFIG=$(option --config -c)
UNIT=$(sed -n 's#.*/\([^/]*\.service\)$#\1#p' "/proc/$PID/cgroup" | head -n 1)
export PID EXE CONFIG ADDRESS UNIT
fact pid "$PID"
node true || fail "The node has no shell"
case $1 in
  look) node look || fail "The node could not be read" ;;
  write) write ;;
  undo) undo ;;
esac
fact "done" "$1"
