#!/bin/sh
# Inside the sandbox, as the user: relays to the hub and to the network that the profile names, the home, the server.
umask 077
ulimit -c 0
[ -d "$HOME" ] || mkdir -m 700 "$HOME"
cd "$HOME" || exit 1

relay() { socat "$1,fork" "$2" & }
relay "UNIX-LISTEN:/run/me/server.sock" "TCP:127.0.0.1:$FIELDNOTES_PORT"
relay "TCP-LISTEN:$FIELDNOTES_HUB_PORT,bind=127.0.0.1,reuseaddr" "UNIX-CONNECT:/run/hub/hub.sock"
[ -z "$FIELDNOTES_EGRESS_PORT" ] ||
    relay "TCP-LISTEN:$FIELDNOTES_EGRESS_PORT,bind=127.0.0.1,reuseaddr" "UNIX-CONNECT:/run/hub/egress.sock"

. /run/home.sh
exec "$@"
