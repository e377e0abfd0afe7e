"""The lesson on flags, heights and time stamps, run on a real ATC file and on the real hours of Cabauw."""

import re
import shutil

import pytest
from conftest import CABAUW, texts

LESSON = "education/can-i-trust-this-number"
NUMBER = re.compile(r"-?\d+\.?\d*")
OWN_ENTRY = """[gat-atc]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS ATC, near-real-time CO2 at Gartow, 341 m, 2018-04-12"
"""
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def folder(archive, entries, cabauw, write_folder, tmp_path):
    """A source of real measurements: the ATC's file as it is, and four heights as the catalogue names them."""
    file = archive / "atmosphere" / "icos_atc_nrt_gat341_2018-04-12.CO2.csv"
    shutil.copy(file, tmp_path / entries["gat-atc"]["file"])
    return write_folder(tmp_path, {"cbw-co2": cabauw}, OWN_ENTRY + CABAUW)


@pytest.fixture
def told(run_lesson, folder, tmp_path):
    """What each cell of the lesson prints or displays as text on the measurements, by the cell's id."""
    return texts(run_lesson(LESSON, folder, tmp_path))


def row(text, name):
    """Return the numbers that follow a name in a printed table."""
    return [float(number) for number in NUMBER.findall(re.search(rf"{re.escape(name)}(.*)$", text, re.MULTILINE)[1])]


def test_the_lesson_reads_the_real_file_and_the_real_tower(told, folder):
    assert "WMOX2007" in told["first-lines"] and "Gartow" in told["keys"]
    assert row(told["table"], "\n0") == pytest.approx([12, 0, 420.828, 0.066, 8])
    assert "1 of 24 hours" in told["mark-mistake"]
    co2 = [float(line.split(";")[8]) for line in (folder / "gat-atc.csv").read_text("utf-8").splitlines()[33:]]
    assert co2[-1] == -999.99
    means = [float(number) for number in NUMBER.findall(told["mark-mistake"])[:2]]
    assert means == pytest.approx([sum(co2) / 24, sum(co2[:-1]) / 23], abs=0.06)
    assert row(told["flag-counts"], "\nU") == [23, 1]
    assert "95.83 %" in told["share-check"]
    lowest, highest, valid = (row(told["tower-range"], name) for name in ("min", "max", "valid (%)"))
    assert min(lowest) == pytest.approx(389.5, abs=0.1) and max(highest) == pytest.approx(597.6, abs=0.1)
    assert min(valid) > 89 and max(valid) < 94
    gaps = [row(told["month-gaps"], name)[0] for name in ("0 to 3 UTC: ", "all hours: ", "afternoon: ")]
    assert gaps == pytest.approx([22.2, 11.4, -0.1], abs=1)
    assert told["credit"].startswith("ICOS ATC") and "9CQ4-W69K" in told["credit"]
