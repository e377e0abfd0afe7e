#!/bin/sh
# The process that the hub watches, outside the sandbox and as root: a relay to the server's socket, and the sandbox.
# It does not end with the hub, so that a restarted hub finds every kernel alive.
uid=$1 port=$2 socket=$3 filter=$4
shift 4
setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs \
    socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "UNIX-CONNECT:$socket" &
relay=$!
bwrap "$@" 9<"$filter"
status=$?
kill "$relay"
exit "$status"
