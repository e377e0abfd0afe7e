"""Profiles and lists, without a hub: what is safe by default, what is refused, what applying a list changes."""

import datetime
import os
from types import SimpleNamespace

import pytest

from hub import course, folders, people, profile

PEOPLE = {
    "users": ["ann", "ben"],
    "groups": {"sea": {"aim": "a", "administrator": "ann", "contact": "c", "members": ["ann", "ben"], "curators": []}},
}


def made(tmp_path, monkeypatch, name="members", **settings):
    """Return a profile with this machine's settings, of which a course needs one."""
    settings = {**({"ends": "2999-01-01"} if name == "course" else {}), **settings}
    monkeypatch.setenv("FIELDNOTES_HUB", str(tmp_path))
    (tmp_path / name).mkdir(exist_ok=True)
    rows = "".join(
        f"{key} = {value!r}\n".replace("False", "false").replace("True", "true") for key, value in settings.items()
    )
    (tmp_path / name / "profile.toml").write_text(rows)
    return profile.load(name)


@pytest.mark.parametrize("name", profile.SHIPPED)
def test_a_shipped_profile_limits_everything_and_asks_for_the_licence(tmp_path, monkeypatch, name):
    service = made(tmp_path, monkeypatch, name)
    assert service.licence and service.places and service.processes and service.cpus and service.idle_minutes
    assert all(profile.size(getattr(service, key)) > 0 for key in ("memory", "disk", "upload"))
    assert service.host == "127.0.0.1" and not service.sharing


def test_services_do_not_share_ports_or_unix_numbers(tmp_path, monkeypatch):
    services = [made(tmp_path, monkeypatch, name) for name in profile.SHIPPED]
    assert len({service.port // 10 for service in services}) == len(services)
    assert len({service.ids // profile.NUMBERS for service in services}) == len(services)


def test_who_says_nothing_gets_little_for_a_short_time_and_no_way_out():
    assert profile.DEFAULTS["reach"] == [] and profile.DEFAULTS["idle_minutes"] <= 15
    assert profile.DEFAULTS["people"] == "listed" and profile.DEFAULTS["licence"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"memroy": "2G"}, "nothing is called memroy"),
        ({"memory": "2 GB"}, "memory is a number and K, M or G"),
        ({"memory": 2}, "memory is a str"),
        ({"people": "all"}, 'people is "listed" or "anyone"'),
        ({"ends": "30 June"}, "ends is a date"),
        ({"ends": "2027-02-30"}, "ends is a date"),
        ({"ends": "20270630"}, "ends is a date"),
        ({"ids": 1000}, "ids begins at 65536"),
        ({"sharing": True}, "only with subdomain_host"),
        ({"host": "0.0.0.0"}, "without TLS"),
        ({"host": "0.0.0.0", "public_url": "http://hub.example.org/"}, "without TLS"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_meant_is_refused(tmp_path, monkeypatch, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        made(tmp_path, monkeypatch, **settings)


def test_a_course_ends_on_its_day():
    service = SimpleNamespace(ends="2027-06-30")
    assert not profile.ended(service, datetime.date(2027, 6, 29))
    assert profile.ended(service, datetime.date(2027, 6, 30))
    assert not profile.ended(SimpleNamespace(ends=""))


def test_a_course_needs_a_day_of_its_own_and_says_where_to_write_it(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="ends") as refused:
        made(tmp_path, monkeypatch, "course", ends="")
    sentence = str(refused.value)
    assert f"{tmp_path}/course/profile.toml" in sentence and 'ends = "YYYY-MM-DD"' in sentence
    assert "\n" not in sentence and ";" not in sentence
    assert made(tmp_path, monkeypatch, "course", ends="2020-01-01").ends, (
        "one that is over is still exported and closed"
    )


def test_nothing_is_released_to_a_class_that_was_never_applied(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"nobody is in this course yet: write .*/class.csv, then apply"):
        course.release(made(tmp_path, monkeypatch, "course"), tmp_path, "first-steps")


def test_no_file_system_is_laid_over_a_home_that_has_none(tmp_path, monkeypatch):
    """A service in containers has plain folders, whose work is collected from outside."""
    service = made(tmp_path, monkeypatch, "course")
    work = service.root / "home" / "ann" / "work.ipynb"
    work.parent.mkdir(parents=True)
    (service.root / "images").mkdir()
    work.write_text("hers")
    try:
        assert folders.room(service, "home", "ann") == work.parent
        assert work.read_text() == "hers" and not os.path.ismount(work.parent)
    finally:
        folders.close(service)


@pytest.mark.parametrize("name", ["root!", "Ann", "../ann", "-ann", "a b", ""])
def test_a_name_that_is_no_name_is_refused(name):
    assert list(people.wrong({"users": [name], "groups": {}}))


def test_a_group_says_whose_it_is_and_names_users_only():
    sentences = list(people.wrong({"users": ["ann"], "groups": {"sea": {"aim": "a", "members": ["eve"]}}}))
    assert any("administrator, contact" in sentence for sentence in sentences)
    assert any("eve, who is no user" in sentence for sentence in sentences)


def test_a_number_is_never_given_to_another():
    first = people.revised(people.EMPTY, PEOPLE, 70_000)
    left = people.revised(first, {"users": ["ann"], "groups": {}}, 70_000)
    again = people.revised(left, {"users": ["ann", "eve", "ben"], "groups": {}}, 70_000)
    assert first["users"]["ben"]["id"] == again["users"]["ben"]["id"] != again["users"]["eve"]["id"]
    assert not left["users"]["ben"]["active"] and again["users"]["ben"]["active"]
    assert left["groups"]["sea"]["members"] == []


def test_what_a_list_changes_is_said_and_who_loses_by_it():
    old = people.revised(people.EMPTY, PEOPLE, 70_000)
    sea = {**PEOPLE["groups"]["sea"], "members": ["ann"], "contact": "new"}
    new = people.revised(old, {"users": ["ann", "ben", "eve"], "groups": {"sea": sea}}, 70_000)
    assert people.changes(old, new) == ["+ user eve", "- ben leaves sea", "~ sea: contact is now new"]
    assert people.losers(old, new) == (set(), {"ben"})
    gone = people.revised(new, {"users": ["ben"], "groups": {}}, 70_000)
    assert people.losers(new, gone) == ({"ann", "eve"}, set())
    assert people.changes(new, new) == []


def test_a_class_list_is_a_course_with_teachers(tmp_path):
    (tmp_path / "class.csv").write_text("user,role\ntina,teacher\nann,student\n")
    course = people.listed(SimpleNamespace(root=tmp_path, title="Carbon"))
    assert course["users"] == ["tina", "ann"]
    assert course["groups"]["course"]["curators"] == course["groups"]["teachers"]["members"] == ["tina"]
