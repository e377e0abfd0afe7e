"""Who there is: a list that a person writes, a table of what was applied, and the difference between the two."""

import csv
import json
import os
import re
import tomllib

from hub.profile import NUMBERS

NAME = r"[a-z][a-z0-9-]{0,30}"
GROUP_KEYS = {"aim", "administrator", "contact", "members", "curators"}
EMPTY = {"users": {}, "groups": {}}


def listed(profile):
    """Return users and groups as the list of this service says: `users.toml`, or a course's `class.csv`."""
    roll = profile.root / "class.csv"
    people = _class(roll, profile) if roll.exists() else _users(profile.root / "users.toml")
    if problems := list(wrong(people)):
        raise ValueError("; ".join(problems))
    return people


def _users(path):
    if not path.exists():
        return {"users": [], "groups": {}}
    people = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = {name: {"curators": [], **group} for name, group in people.get("groups", {}).items()}
    return {"users": people.get("users", []), "groups": groups}


def _class(path, profile):
    """A course is one group: its teachers write the store, which everybody reads; they share a folder of their own."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]
    everybody = [row["user"] for row in rows]
    teachers = [row["user"] for row in rows if row.get("role") == "teacher"]
    about = {"aim": profile.title, "administrator": ", ".join(teachers), "contact": ", ".join(teachers)}
    return {
        "users": everybody,
        "groups": {
            "course": {**about, "members": everybody, "curators": teachers},
            "teachers": {**about, "members": teachers, "curators": teachers},
        },
    }


def wrong(people):
    """Yield a sentence for each name that cannot be, and each group that does not say whose it is and what for."""
    users, groups = people["users"], people["groups"]
    for name in [*users, *groups]:
        if not re.fullmatch(NAME, name):
            yield f"{name!r} is no name: lower-case letters, digits and -, beginning with a letter"
    if len(users) != len(set(users)):
        yield "a user is there twice"
    for name, group in groups.items():
        if missing := GROUP_KEYS - set(group):
            yield f"group {name} does not say {', '.join(sorted(missing))}"
        if strangers := {*group.get("members", []), *group.get("curators", [])} - set(users):
            yield f"group {name} names {', '.join(sorted(strangers))}, who is no user"


def table(profile):
    """Return what was applied: each user's and group's UNIX number, whether a user is active, who is in a group."""
    path = profile.root / "state" / "accounts.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else json.loads(json.dumps(EMPTY))


def save(profile, accounts):
    """Write the table in one step, so that the running hub reads the old one or the new one."""
    path = profile.root / "state" / "accounts.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(accounts, indent=1), encoding="utf-8")
    os.replace(draft, path)


def revised(accounts, people, first):
    """Return the table as the list wants it. A number is given once and never to another, even after its owner left."""
    users = {name: {**user, "active": name in people["users"]} for name, user in accounts["users"].items()}
    for name in people["users"]:
        users.setdefault(name, {"id": _next(users, first + 1), "active": True})
    groups = {name: {**group, "members": [], "curators": []} for name, group in accounts["groups"].items()}
    for name, group in people["groups"].items():
        number = groups.get(name, {}).get("id") or _next(groups, first + NUMBERS // 2)
        groups[name] = {"id": number, **group}
    return {"users": users, "groups": groups}


def _next(rows, first):
    return max((row["id"] for row in rows.values()), default=first - 1) + 1


def changes(old, new):
    """Return a sentence for each thing that applying the list will do."""
    said = []
    for name, user in new["users"].items():
        before = old["users"].get(name, {"active": False, "id": None})
        if before["id"] is None:
            said.append(f"+ user {name}")
        elif before["active"] != user["active"]:
            what = "may log in again" if user["active"] else "leaves: server stopped, sessions ended, home kept"
            said.append(f"{'+' if user['active'] else '-'} user {name} {what}")
    for name, group in new["groups"].items():
        before = old["groups"].get(name)
        said += [f"+ group {name}"] if before is None else []
        said += list(_membership(name, before or {"members": [], "curators": []}, group))
    return said


def _membership(name, old, new):
    for role, lost, got in (("members", "leaves", "joins"), ("curators", "curates no more", "curates")):
        yield from (f"- {user} {lost} {name}" for user in old[role] if user not in new[role])
        yield from (f"+ {user} {got} {name}" for user in new[role] if user not in old[role])
    about = [key for key in ("aim", "administrator", "contact") if old.get(key, new[key]) != new[key]]
    yield from (f"~ {name}: {key} is now {new[key]}" for key in about)


def losers(old, new):
    """Return the users who lost something, whose servers must not run on."""
    left = {name for name, user in old["users"].items() if user["active"] and not new["users"][name]["active"]}
    lost = {
        user
        for name, group in old["groups"].items()
        for role in ("members", "curators")
        for user in set(group[role]) - set(new["groups"][name][role])
    }
    return left, lost - left


def groups_of(accounts, user):
    """Return the groups of a user: name and UNIX number."""
    rows = accounts["groups"].items()
    return {name: group["id"] for name, group in rows if user in group["members"] or user in group["curators"]}
