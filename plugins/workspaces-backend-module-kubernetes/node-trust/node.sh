# Runs on a node, in the mounts of containerd and by the programs that are there: sh -c "$(cat node.sh)" node COMMAND...
# It prints facts, and the content of files as blocks of base64; src/trust/report.ts reads them. Values of keys that may
# be secrets do not leave the node, because logs are read by many. Environment:
#   PID EXE CONFIG ADDRESS UNIT  containerd: its process, its program, the configuration that it was started with and the
#                                unit of systemd, if any, and its socket
#   KEEP                         folder for what was there before
#   NAMES                        what the folder of the registry may be called
fact() { echo "fact $*"; }
block() { echo "begin $*"; base64; echo end; } # what comes on standard input
same() { [ -e "$1" ] && [ -e "$2" ] && [ "$(cksum <"$1")" = "$(cksum <"$2")" ]; }

redact() {
  sed -e '/[Aa][Uu][Tt][Hh]/s/=.*/= ""/' -e '/[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]/s/=.*/= ""/' \
    -e '/[Tt][Oo][Kk][Ee][Nn]/s/=.*/= ""/' -e '/[Ss][Ee][Cc][Rr][Ee][Tt]/s/=.*/= ""/' \
    -e '/[Cc][Oo][Oo][Kk][Ii][Ee]/s/=.*/= ""/'
}

dump() {
  if [ -n "$CONFIG" ]; then "$EXE" --config "$CONFIG" config dump; else "$EXE" config dump; fi
}

# In seconds since 1970; the kernel counts in hundredths of a second since it started.
started() {
  ticks=$(sed 's/.*) //' "/proc/$PID/stat" | cut -d ' ' -f 20)
  echo $(($(sed -n 's/^btime //p' /proc/stat) + ticks / 100))
}

# Everything that decides how containerd speaks to the registry.
look() {
  config=$CONFIG
  [ -n "$config" ] || config=/etc/containerd/config.toml
  fact config "$config"
  fact version "$("$EXE" --version)"
  if [ -e "$config" ]; then
    fact target "$(real "$config")"
    [ "$(date -r "$config" +%s)" -gt "$(($(started) + 5))" ] && fact changed "$config" # both times are rounded
    redact <"$config" | block config "$config"
  fi
  dumped=$(dump 2>/dev/null | redact)
  echo "$dumped" | block dump
  paths=$(echo "$dumped" | sed -n "s/^ *config_path *= *[\"']\(.*\)[\"'] *$/\1/p" | tr : '\n')
  for path in $(printf '%s\n' $paths /etc/containerd/certs.d | sort -u); do
    for name in $NAMES _default; do
      if [ -d "$path/$name" ]; then look_into "$path/$name"; fi
    done
  done
  for entry in "$KEEP"/*/; do
    if [ -e "$entry/path" ]; then fact kept "$(cat "$entry/path")"; fi
  done
}

look_into() { # FOLDER
  fact folder "$1"
  for file in "$1"/*; do
    [ -f "$file" ] || continue
    case $file in
      */hosts.toml) redact <"$file" | block file "$file" ;;
      *.crt) block file "$file" <"$file" ;;
      *) fact other "$file" ;;
    esac
  done
}

# The real path of a file whose folder is there.
real() {
  if [ -L "$1" ]; then readlink -f "$1"; else echo "$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")"; fi
}

# The folders of a path that are not there, the deepest first.
missing() {
  folder=$(dirname "$1")
  while [ ! -d "$folder" ]; do
    echo "$folder"
    folder=$(dirname "$folder")
  done
}

# Makes the folder of a file, and keeps what is at its path unless something is kept of it already. Sets `path`, `entry`.
ready() { # PATH
  made=$(missing "$1")
  mkdir -p "$(dirname "$1")" || return 1
  path=$(real "$1")
  for entry in "$KEEP"/*; do
    [ "$(cat "$entry/path" 2>/dev/null)" = "$path" ] && return 0
  done
  mkdir -p "$KEEP" && chmod 700 "$KEEP" || return 1
  entry=$KEEP/$(ls "$KEEP" | wc -l | tr -d ' ')
  mkdir "$entry" || return 1
  if [ -e "$path" ]; then cp -p "$path" "$entry/before" || return 1; fi
  echo "$made" >"$entry/made"
  echo "$path" >"$entry/path"
}

# Moves a file to a path; what is mounted there is written over instead.
move() { # FROM TO
  mv -f "$1" "$2" 2>/dev/null || { cat "$1" >"$2" && rm "$1"; }
}

# Replaces `path` by what comes on standard input; a file that is there keeps its owner and mode.
replace() {
  new=$path.slipway
  if [ -e "$path" ]; then cp -p "$path" "$new"; else : >"$new" && chmod 644 "$new"; fi || return 1
  cat >"$new" && cp -p "$new" "$entry/after" && move "$new" "$path"
}

put() { # PATH: its whole content comes on standard input
  ready "$1" && replace && block wrote "$1" <"$path"
}

splice() { # PATH FIRST COUNT: as many lines, counted from 0, are replaced by what comes on standard input
  ready "$1" || return 1
  if [ -e "$path" ]; then old=$path; else old=/dev/null; fi
  {
    head -n "$2" "$old"
    cat
    tail -n "+$(($2 + $3 + 1))" "$old"
  } >"$entry/wanted" || return 1
  replace <"$entry/wanted" && rm "$entry/wanted" && redact <"$path" | block wrote "$1"
}

# Whether containerd understands its configuration, and will look for registries there, if anywhere is said.
accepts() { # [FOLDER]
  found=$(dump 2>&1) || {
    echo "$found" | block refused
    return 1
  }
  [ -z "$1" ] || echo "$found" | grep -q "config_path *= *[\"']$1[\"']" && return 0
  fact overruled "$1"
  return 1
}

# Fails where somebody has changed what was written.
untouched() {
  for entry in "$KEEP"/*; do
    [ -e "$entry/path" ] || continue
    path=$(cat "$entry/path")
    if same "$path" "$entry/after" || same "$path" "$entry/before"; then continue; fi
    if [ ! -e "$path" ] && [ ! -e "$entry/before" ]; then continue; fi
    fact conflict "$path"
    return 1
  done
}

# Puts back what was there before, byte for byte.
restore() {
  for entry in "$KEEP"/*; do
    [ -e "$entry/path" ] || continue
    path=$(cat "$entry/path")
    if [ -e "$entry/before" ]; then
      cp -p "$entry/before" "$path.slipway" && move "$path.slipway" "$path" || return 1
    else
      rm -f "$path"
    fi
    fact restored "$path"
  done
  for entry in "$KEEP"/*; do
    while read -r folder; do
      if [ -n "$folder" ]; then rmdir "$folder" 2>/dev/null; fi
    done <"$entry/made"
  done 2>/dev/null
  rm -rf "$KEEP"
  rmdir "$(dirname "$KEEP")" 2>/dev/null
  return 0
}

# Lets systemd restart containerd, where it is systemd that started it.
restart() {
  [ -d /run/systemd/system ] && [ -n "$UNIT" ] && systemctl restart "$UNIT"
}

# Whether containerd serves the kubelet: it runs on without that part where its settings contradict each other.
serves() {
  client=$(dirname "$EXE")/ctr
  [ -x "$client" ] || return 0
  "$client" --address "$ADDRESS" plugins ls | awk '
    $2 == "cri" && $NF == "ok" { found = 1 }
    ($2 == "cri" || $1 ~ /^io[.]containerd[.]cri/) && $NF == "error" { failed = 1 }
    END { exit failed || !found }'
}

"$@"
