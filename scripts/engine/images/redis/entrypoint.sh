#!/bin/sh
# Options alone mean redis-server with them; the server runs as user redis.
set -e

case ${1:-} in
  -*) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  # In a container the network around it is the protection.
  case ${2:-} in
    '' | -*) shift; set -- redis-server --protected-mode no "$@" ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --clear-groups "$@"
  fi
fi
exec "$@"
