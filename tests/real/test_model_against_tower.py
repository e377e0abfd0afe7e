"""The lesson on models and towers: its sum on a real row of STILT, its findings on towers of other weather."""

import functools
import importlib
import re

import pandas as pd
import papermill
import pytest

LESSON = "research/model-against-tower"
OWN_ENTRY = """[tower-model]
kind = "simulated"
licence = "CC-BY-4.0"
credit = "the tower of make/tower_model.py in other weather; not a measurement"
"""
PARTS = {
    "co2_model_background": "co2.background",
    "co2_model_gee": "co2.bio.gee",
    "co2_model_resp": "co2.bio.resp",
    "co2_model_fossil": "co2.fuel",
    "co2_model": "co2.stilt",
}
twin = importlib.import_module("tower_model")
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A function that makes a source of the same tower and model in the weather of another seed."""
    simulate = twin.simulate

    def write(seed):
        monkeypatch.setattr(twin, "simulate", functools.partial(simulate, seed))
        twin.make(tmp_path)
        (tmp_path / "catalogue.toml").write_text(OWN_ENTRY, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def stilt(archive):
    """What STILT gave for Heidelberg, 30 m, at the beginning of 2016, under its own names."""
    return pd.read_csv(archive / "footprints" / "stilt_heidelberg_20160101_result.csv", sep=" ").iloc[0]


def rewrite(path, **first_row):
    """Put values into the first row of a table."""
    table = pd.read_csv(path, index_col="time")
    table.loc[table.index[0], list(first_row)] = list(first_row.values())
    table.to_csv(path)


def numbers(notebook, cell):
    """Return the numbers that a cell printed."""
    found = next(one for one in notebook.cells if one.id == cell)
    text = "".join(out.text for out in found.outputs if out.output_type == "stream")
    return [float(number) for number in re.findall(r"-?\b\d+\.?\d*", text)]


def test_the_parts_of_a_real_row_add_up(stilt):
    assert stilt["co2.bio.gee"] + stilt["co2.bio.resp"] == pytest.approx(stilt["co2.bio"], abs=1e-9)
    assert stilt["co2.background"] + stilt["co2.bio"] + stilt["co2.fuel"] == pytest.approx(stilt["co2.stilt"], abs=1e-9)
    sectors = [f"co2.{sector}" for sector in ("energy", "transport", "industry", "others")]
    assert stilt[sectors].sum() == pytest.approx(stilt["co2.fuel"], abs=1e-9)
    assert stilt["co2.stilt"] == pytest.approx(412.494, abs=0.001)


def test_the_lesson_takes_a_real_row_and_refuses_it_without_its_fossil_part(run_lesson, folder, stilt, tmp_path):
    source = folder(50)
    real = {ours: stilt[theirs] for ours, theirs in PARTS.items()}
    rewrite(source / "tower-model.csv.gz", **real)
    assert numbers(run_lesson(LESSON, source, tmp_path), "load")[0] == 8760
    rewrite(source / "tower-model.csv.gz", **{**real, "co2_model_fossil": 0.0})
    with pytest.raises(papermill.PapermillExecutionError, match="AssertionError"):
        run_lesson(LESSON, source, tmp_path)


@pytest.mark.parametrize("seed, parameters", [(2019, {}), (7, {"event": 3.0, "window": 5})], ids=["year", "rule"])
def test_other_weather_gives_the_same_findings(seed, parameters, run_lesson, folder, tmp_path):
    notebook = run_lesson(LESSON, folder(seed), tmp_path, **parameters)
    bias, independent, n, _, honest, n_eff = numbers(notebook, "effective")
    assert -3 < bias < -2 and honest > 2 * independent and n_eff < n / 4
    truth, model = twin.simulate()
    winter = ((truth.index.hour + 1) % 24 // 4 == 3) & truth.index.month.isin([11, 12, 1, 2])
    true = truth.fossil[winter].mean() / model.fossil[winter].mean()
    day, _, _, _, night = numbers(notebook, "inventory")[:5]
    assert day == pytest.approx(true, abs=0.2) and night > day + 0.2
    raw, calendar, anomalies, nothing = numbers(notebook, "season")[::4]
    assert 0.95 < raw < 1 and calendar > 0.85 and 0.7 < anomalies < 0.92 and abs(nothing) < 0.2
    tuned, tested = numbers(notebook, "choice")[-2:]
    assert 0.3 < tested < tuned
