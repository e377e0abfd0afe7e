"""Bring the accounts of a service to what its list says, and tell what that changes."""

import secrets

import bcrypt
from jupyterhub import orm
from nativeauthenticator.orm import UserInfo
from sqlalchemy import delete

from hub import folders, people, service

ROUNDS = 10  # of bcrypt: these passwords are drawn at random, so guessing is hopeless and a class need not wait


def apply(profile, only_say=False):
    """Make the table, the folders and the passwords as the list says; return the sentences that tell what changed.

    Whoever lost something is stopped at once: what runs would keep its rights until it ends.
    """
    old = people.table(profile)
    new = people.revised(old, people.listed(profile), profile.ids)
    said = people.changes(old, new)
    if only_say or not said:
        return said
    folders.prepare(profile)
    people.save(profile, new)
    _make_folders(profile, new)
    gone, poorer = people.losers(old, new)
    _passwords(profile, new, gone)
    if service.running(profile):
        for name in sorted(gone):
            service.forget(profile, name)
        for name in sorted(poorer):
            service.end_server(profile, name)
    return said


def _make_folders(profile, accounts):
    ids = {name: user["id"] for name, user in accounts["users"].items()}
    for name, about in accounts["groups"].items():
        folders.group(profile, name, about, ids)
    for name, user in accounts["users"].items():
        if user["active"]:
            folders.home(profile, name, user["id"])


def _passwords(profile, accounts, gone):
    """Give a password to each active user who has none, and take it from those who left."""
    with _database(profile) as database:
        database.execute(delete(UserInfo).where(UserInfo.username.in_(gone)))
        known = {row.username for row in UserInfo.all_users(database)}
        for name, user in accounts["users"].items():
            if user["active"] and name not in known:
                _set(profile, database, name)
        database.commit()


def password(profile, name):
    """Give a user a new password; it is added to `passwords.tsv`."""
    with _database(profile) as database:
        database.execute(delete(UserInfo).where(UserInfo.username == name))
        _set(profile, database, name)
        database.commit()


def _database(profile):
    """Open the hub's database, and make its tables if the hub has never run."""
    sessions = orm.new_session_factory(f"sqlite:///{profile.root}/state/hub.sqlite")
    session = sessions()
    UserInfo.__table__.create(session.get_bind(), checkfirst=True)
    return session


def _set(profile, database, name):
    word = secrets.token_urlsafe(12)
    secret = bcrypt.hashpw(word.encode(), bcrypt.gensalt(ROUNDS))
    database.add(UserInfo(username=name, password=secret, is_authorized=True))
    handout = profile.root / "state" / "passwords.tsv"
    handout.touch(mode=0o600)
    with handout.open("a", encoding="utf-8") as file:
        file.write(f"{name}\t{word}\n")
