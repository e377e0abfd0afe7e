#!/bin/sh
# A server in a container: the home, then the server.
umask 077
ulimit -c 0
mkdir -p "$HOME" && cd "$HOME" || exit 1
. /opt/home.sh
exec "$@"
