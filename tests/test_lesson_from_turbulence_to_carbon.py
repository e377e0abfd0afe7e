"""What the lesson from turbulence to carbon computes is right, tested where the truth is known."""

import numpy as np
import pandas as pd
import pytest
from lessons import functions

LESSON = "education/from-turbulence-to-carbon"


@pytest.fixture
def lesson():
    """The lesson's functions."""
    return functions(LESSON)


@pytest.fixture
def month():
    """Thirty days of light (W m-2) and air temperature (degC), every half-hour, a new weather each day."""
    rng = np.random.default_rng(7)
    time = pd.date_range("2020-07-01", periods=30 * 48, freq="30min", tz="UTC")
    hour = time.hour + time.minute / 60
    sun = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * np.repeat(rng.uniform(150, 950, 30), 48)
    warmth = 12 + 5 * np.sin((hour - 9) / 12 * np.pi) + np.repeat(rng.normal(0, 3, 30), 48)
    return pd.DataFrame({"sw_in": sun, "ta": warmth}, time)


def test_the_laws_are_what_their_letters_say(lesson):
    assert lesson["respiration"](10, 4.5, 2) == 4.5 and lesson["respiration"](20, 4.5, 2) == 9
    curve = lesson["light_response"]
    assert curve(0, 0.1, 20, 5) == 5 and curve(200, 0.1, 20, 5) == 5 - 10  # half the plateau where alpha Q = P
    assert curve(1e9, 0.1, 20, 5) == pytest.approx(5 - 20, abs=1e-4)


def test_nights_give_back_the_law_they_were_made_with(lesson, month):
    noise = np.random.default_rng(8).normal(0, 0.5, len(month))
    nights = month.assign(nee=lesson["respiration"](month["ta"], 4.2, 2.4) + noise)
    nights.iloc[::3, nights.columns.get_loc("nee")] = np.nan
    assert lesson["fit_nights"](nights) == pytest.approx([4.2, 2.4], rel=0.03)
    draws = lesson["bootstrap"](lesson["fit_nights"], nights, draws=50)
    low, high = np.percentile(draws[:, 1], [2.5, 97.5])
    assert draws.shape == (50, 2) and low < 2.4 < high < low + 0.3


def test_whole_days_are_drawn(lesson, month):
    def days_whole(table):
        return [(table.groupby(table.index).size().groupby(table.index.unique().date).nunique() == 1).all()]

    assert lesson["bootstrap"](days_whole, month, draws=5).all()


def test_hidden_half_hours_come_back_from_the_laws_and_only_roughly_from_the_mean_day(lesson, month):
    truth = pd.Series(lesson["both_laws"](month[["sw_in", "ta"]].to_numpy().T, 0.1, 25, 4, 2), month.index)
    kept = truth.copy()
    kept.iloc[480:672] = np.nan  # four days
    lesson["drivers"] = month[["sw_in", "ta"]].to_numpy().T
    laws, mean_day = lesson["by_laws"](kept), lesson["by_diurnal_course"](kept)
    np.testing.assert_allclose(laws, truth, atol=0.01)
    assert not np.isnan(mean_day).any() and np.abs(mean_day - truth)[480:672].mean() > 0.3
    np.testing.assert_allclose(mean_day[480:528], mean_day[528:576], atol=2)
