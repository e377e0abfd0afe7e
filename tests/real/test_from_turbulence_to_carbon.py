"""The lesson from turbulence to carbon, run on what the tower at Hyltemossa measured."""

import re

import pytest
from conftest import texts

# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def told(run_lesson, fluxes, tmp_path):
    """What each cell of the lesson prints or displays as text on the measurements, by the cell's id."""
    return texts(run_lesson("education/from-turbulence-to-carbon", fluxes, tmp_path))


def numbers(text, label):
    """Return the numbers of the line that has a label, after it."""
    return [float(number) for number in re.findall(r"-?\d+\.\d+|\d+", re.search(rf"{label}(.*)", text)[1])]


def test_the_lesson_finds_what_a_spruce_forest_does(told):
    threshold, low, high = numbers(told["filter"], "threshold")[:3]
    assert 0.3 < low < threshold < high < 0.5  # m s-1
    (leaky_r10, leaky, _, _), (r10, q10, *_) = (
        numbers(told["respiration"], name) for name in ("all nights", "windy nights")
    )
    assert leaky_r10 < 0.75 * r10 and 1.5 < leaky < q10 < 3.5
    normal, dry = numbers(told["sharper"], "other summers uptake"), numbers(told["sharper"], "dry summer +uptake")
    assert 14 < normal[0] < 18 and 7 < dry[0] < 11  # µmol m-2 s-1
    short, long = numbers(told["scores"], r"\n4 "), numbers(told["scores"], r"\n288 ")
    assert 0.8 < short[4] < 0.95 and 0.65 < long[4] < 0.95  # RMSE of the curves over that of the diurnal course
    assert 4 < short[1] < short[0] < 6.5  # µmol m-2 s-1
    assert all(abs(bias) < 0.4 for bias in (*short[2:4], *long[2:4]))
    assert (
        1.4 < numbers(told["efficiency-fit"], "all ")[0] < 1.8
        and numbers(told["efficiency-fit"], "dry summer")[0] < 1.1
    )
    total, low, high, square = numbers(told["region"], "")[:4]
    assert low < total < high and square == pytest.approx(total / 0.56, rel=0.01)  # the cosine of 56 degrees
    assert (
        "ICOS ecosystem station Hyltemossa" in told["credit"] and "simulated by make/scania_fapar.py" in told["credit"]
    )
