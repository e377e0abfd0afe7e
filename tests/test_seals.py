"""Sealed questions: they judge as open ones do, and nobody can read the answer from them."""

import json
import zlib
from base64 import b64decode

import numpy as np
import pytest

from fieldnotes import check
from fieldnotes.exercises import NotYet, Question
from fieldnotes.seals import seal, unseal

DEFICIT = Question(-241.8, "gC m-2", 0.01, ("Mind the sign.",), ((241.8, "Uptake is negative."), (-481.7, "Unfilled.")))
DAY = Question("2018-05-17", hints=("Look at the index.",), mistakes=(("2018-05-18", "That is in local time."),))
YEARS = Question([2016, 2018], rel=0)
QUESTIONS = {"deficit": DEFICIT, "day": DAY, "years": YEARS, "sign": Question(True, rel=0), "nothing": Question(0.0)}


@pytest.fixture(scope="module")
def sealed():
    return unseal(seal(QUESTIONS, "a class"))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        *[("deficit", value) for value in (-241.8, -241.8 * 1.0099, -241.8 * 0.9901, -241.8 * 1.0101, -241.8 * 0.9899)],
        *[("deficit", value) for value in (241.8, -481.7, -481.7 * 1.009, 0, 1e300, np.nan, np.inf, "-241.8", "much")],
        *[("deficit", value) for value in ([-241.8], [[-241.8]], [-241.8, 1], True, [])],
        *[("day", value) for value in ("2018-05-17", "2018-05-18", "2018-05-19", 20180517, ["2018-05-17"])],
        *[("years", value) for value in ([2016, 2018], (2016, 2018), np.array([2016.0, 2018.0]), [2018, 2016], 2016)],
        *[("sign", value) for value in (True, np.True_, 1, False, "True")],
        *[("nothing", value) for value in (0, -0.0, 1e-300, "0")],
    ],
)
def test_a_sealed_question_judges_as_the_open_one(sealed, name, answer):
    assert sealed[name].recognise(answer) == QUESTIONS[name].recognise(answer)


@pytest.mark.parametrize("expected", [3.7e-9, 0.02162, 1.0, 411.857, -1.4e12])
@pytest.mark.parametrize("rel", [1e-5, 0.001, 0.05, 0.5])
def test_the_tolerance_has_the_same_edges(expected, rel):
    box = unseal(seal({"one": Question(expected, rel=rel)}, ""))["one"]
    near, far = rel * (1 - 1e-6), rel * (1 + 1e-6)
    for sign in (-1, 1):
        assert box.recognise(expected * (1 + sign * near)) == ""
        nearly = "Right to three digits: give more digits." if rel < 1e-3 else None
        assert box.recognise(expected * (1 + sign * far)) == nearly


def test_the_answers_and_what_they_are_told_cannot_be_read():
    text = seal(QUESTIONS, "a class")
    inside = zlib.decompress(b64decode(text)).decode()
    for secret in ("241.8", "481.7", "2018", "Uptake", "local time", "true"):
        assert secret not in inside
    assert "Mind the sign." in inside  # a hint leads to the answer, and tells nothing


def test_equal_answers_are_sealed_differently():
    boxes = [unseal(seal({name: Question(1.5)}, salt))[name].boxes[0] for name, salt in ("aa", "ab", "ba")]
    assert len({box["content"] for box in boxes}) == 3


def test_the_same_questions_give_the_same_text():
    assert seal(QUESTIONS, "a class") == seal(QUESTIONS, "a class") != seal(QUESTIONS, "another class")


@pytest.mark.parametrize("expected", [np.nan, np.inf, [1.0, np.nan]])
def test_what_is_no_number_cannot_be_sealed(expected):
    with pytest.raises(ValueError, match="cannot be sealed"):
        seal({"one": Question(expected)}, "")


def test_check_takes_a_sealed_question(sealed, capsys):
    check("deficit", -241.0, sealed["deficit"])
    assert capsys.readouterr().out == "deficit: right. (-241 gC m-2)\n"
    with pytest.raises(NotYet, match="Uptake is negative"):
        check("deficit", 241.8, sealed["deficit"])
    with pytest.raises(NotYet, match=r"Mind the sign. \(A number within 1 % counts as right.\)"):
        check("deficit", 7, sealed["deficit"])
    with pytest.raises(NotYet, match="the answer should be a number, and yours is 2 numbers"):
        check("deficit", [-241.8, 0], sealed["deficit"])
    check("deficit", ..., sealed["deficit"])
    assert capsys.readouterr().out == "deficit: no answer yet.\n"


def test_a_listening_program_gets_answers_and_no_verdict(sealed, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FIELDNOTES_ANSWERS", str(tmp_path / "answers.jsonl"))
    check("deficit", np.float64(7), sealed["deficit"])
    check("day", ..., sealed["day"])
    check("open", {2018, 2016}, {2016, 2018}, rel=0, mistakes=[(np.int64(3), "Three.")])
    check("table", object(), 1)
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [line["answer"] for line in lines] == [7.0, None, [2016, 2018], None]
    assert "no answer yet" in lines[1]["problem"] and "question" not in lines[0]
    assert lines[3]["problem"] == "the answer is of the kind object, and neither a number nor text."
    assert lines[2]["question"]["mistakes"] == [[3, "Three."]]
    assert capsys.readouterr().out == ""
