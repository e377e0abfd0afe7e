#!/bin/sh
# A server in a container: the home as `session.sh` lays it out on one machine, then the server.
umask 077
ulimit -c 0
mkdir -p "$HOME" && cd "$HOME" || exit 1
{
    mkdir -p .cache && [ -e .cache/matplotlib ] || cp -r /fieldnotes/matplotlib .cache/
    [ -e common ] || ln -s /fieldnotes/common/notebooks common
    [ ! -d /groups ] || [ -e groups ] || ln -s /groups groups
    [ "$FIELDNOTES_KEPT" = 1 ] || [ -e lessons ] || cp -r /fieldnotes/common/notebooks lessons
    for assignment in /groups/course/store/release/*/; do
        [ ! -d "$assignment" ] || [ -e "assignments/$(basename "$assignment")" ] ||
            { mkdir -p assignments && cp -r "$assignment" assignments/; }
    done
    chmod -R u+rwX lessons assignments
} 2>/dev/null
exec "$@"
