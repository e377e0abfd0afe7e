"""Students' checks and the teacher's program read an answer alike, and say in plain words what an answer is."""

import datetime
import decimal
import fractions
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fieldnotes.answers import read
from fieldnotes.exercises import NotYet, Question, check
from fieldnotes.seals import seal, unseal

RIGHT = 6.5
NUMBERS = [
    *(RIGHT, np.float32(RIGHT), np.array(RIGHT), np.array([RIGHT]), [RIGHT], (RIGHT,), pd.Series([RIGHT])),
    *(decimal.Decimal("6.5"), fractions.Fraction(13, 2), np.array([RIGHT], object), np.complex128(RIGHT), b"6.5"),
    *(xr.DataArray(RIGHT), "6.5", "6.5 ppm", " 6.5ppm ", {RIGHT}),
]
DAYS = [
    *("2018-05-17", datetime.date(2018, 5, 17), pd.Timestamp("2018-05-17"), np.datetime64("2018-05-17", "ns")),
    *(pd.DatetimeIndex(["2018-05-17"]), "2018-05-17 00:00:00"),
]
SENTENCES = {
    "text": ("about six", "the answer should be a number, and yours is text."),
    "text with another unit": ("6.5 ppb", "the answer should be a number, and yours is text."),
    "a list": ([6.5, 1], "the answer should be a number, and yours is 2 numbers."),
    "a function": (len, "the answer is a function: call it, with brackets behind its name."),
    "a truth value": (True, "the answer should be a number, and yours is True or False."),
    "nothing": (None, "the answer is None, which is what print"),
    "not a number": (np.nan, "not a number (NaN or infinite): a missing value went into it, or a division by zero."),
    "too large": (10**400, "not a number (NaN or infinite)"),
    "complex": (6.5 + 1j, "the answer is a complex number."),
    "a table": (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "yours is 4 numbers."),
    "millions": (np.zeros(2_500_000), "the answer holds 2,500,000 values"),
    "rows": ([[1, 2], [3]], "a list whose rows have different lengths."),
    "a thing": (object(), "the answer is of the kind object, and neither a number nor text."),
    "three digits": (6.502, "Right to three digits: give more digits."),
    "wrong": (7, "Add. (A number within 0.01 % counts as right.)"),
}


def judges(expected, **parts):
    """Return a question and the same sealed."""
    question = Question(expected, **parts)
    return question, unseal(seal({"one": question}, ""))["one"]


@pytest.mark.parametrize("answer", NUMBERS, ids=repr)
@pytest.mark.parametrize("expected", [RIGHT, np.array([RIGHT]), decimal.Decimal("6.5")])
def test_a_number_is_right_in_every_guise(answer, expected, tmp_path, monkeypatch, capsys):
    for judge in judges(expected, unit="ppm", rel=1e-4):
        check("one", answer, judge)
        assert capsys.readouterr().out == "one: right. (6.5 ppm)\n"
    monkeypatch.setenv("FIELDNOTES_ANSWERS", str(tmp_path / "answers"))
    check("one", answer, expected, "ppm", 1e-4)
    line = json.loads((tmp_path / "answers").read_text())
    assert Question(**line["question"]).recognise(line["answer"]) == ""


@pytest.mark.parametrize("answer", DAYS, ids=repr)
def test_a_day_is_right_in_every_guise(answer):
    for judge in judges("2018-05-17"):
        assert judge.recognise(read(answer)[0]) == ""


@pytest.mark.parametrize("name", SENTENCES)
def test_an_answer_of_another_kind_is_told_in_words(name):
    answer, sentence = SENTENCES[name]
    for number, judge in enumerate(judges(RIGHT, unit="ppm", rel=1e-4, hints=["Add."])):
        with pytest.raises(NotYet) as told:
            check(f"{name} {number}", answer, judge)
        assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("expected", "answer", "sentence"),
    [
        ("year", 3, "the answer should be text, and yours is a number."),
        ([1, 2, 3], 3, "the answer should be 3 numbers, and yours is a number."),
        ([1, 2, 3], [1, 2], "the answer should be 3 numbers, and yours is 2 numbers."),
        (["a", "b"], ["a"], "the answer should be 2 texts, and yours is text."),
    ],
)
def test_the_kind_that_is_asked_for_is_named(expected, answer, sentence):
    for judge in judges(expected):
        with pytest.raises(NotYet) as told:
            check("kind", answer, judge)
        assert sentence in str(told.value)
