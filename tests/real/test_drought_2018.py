"""The lesson on the drought of 2018, run on what the tower at Hyltemossa measured."""

import re

import pytest
from conftest import texts

# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def told(run_lesson, fluxes, tmp_path):
    """What each cell of the lesson prints or displays as text on the measurements, by the cell's id."""
    return texts(run_lesson("education/drought-2018", fluxes, tmp_path))


def numbers(text, year):
    """Return the numbers in the row of a year in a printed table."""
    return [float(number) for number in re.search(rf"^{year} (.*)$", text, re.MULTILINE)[1].split()]


def test_the_lesson_finds_the_published_budgets(told):
    nee, gpp, reco, _ = zip(*(numbers(told["totals"], year) for year in range(2015, 2019)), strict=True)
    assert nee == pytest.approx([-174.3, -241.8, -319.1, -3.4], abs=0.2)
    assert gpp == pytest.approx([2092.7, 1978.2, 2096.8, 1900.7], abs=0.2)
    assert reco == pytest.approx([1898.6, 1736.4, 1777.6, 1897.3], abs=0.2)
    _, dropped, _, _ = zip(*(numbers(told["clipped"], year) for year in range(2015, 2019)), strict=True)
    assert dropped == pytest.approx([1007.9, 942.8, 1038.2, 773.2], abs=0.2)
    assert numbers(told["mixed"], 2016)[:3] == pytest.approx([-241.8, -481.7, 1753], abs=0.1)
    assert numbers(told["mixed"], 2017)[:3] == pytest.approx([-319.1, -392.2, 6300], abs=0.1)
    intervals = [numbers(told["uncertainty"], year)[-1] for year in range(2015, 2019)]
    assert all(20 < half < 90 for half in intervals)
    assert told["ranked"].splitlines()[-1].startswith("2018 above 2015") and told["ranked"].endswith("True")
    # what the lesson prints as measured, beside any source
    printed = [line.split()[-2:] for line in told["two-sources-table"].splitlines()[1:]]
    for ours, measured in printed:
        assert float(ours) == pytest.approx(float(measured), abs=1.1)
