# Lays a home out, in the home, as its owner: on one machine (session.sh) and in a container (docker/start.sh).
# A full home must not lock its owner out: what cannot be laid out is left.
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
