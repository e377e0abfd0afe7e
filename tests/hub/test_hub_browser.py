"""The hubs as people see them: Chromium, with clicks and keys, against services that really run."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from conftest import PYTHON, running
from PIL import Image

pytestmark = pytest.mark.needs("browser")
SCRIPT = Path(__file__).with_name("browser.py")
LESSON = "lessons/outreach/one-curve-everyone-should-know.ipynb"


def visit(scene, service, words, folder, files=()):
    """Let people of a scene use a service in a browser that may ask no other host; return the folder of pictures."""
    told = {"hub": service.hub, "words": words, "pictures": str(folder), "chromium": shutil.which("chromium")}
    told["files"] = [str(file) for file in files]
    command = [PYTHON, SCRIPT, scene]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:] + service.log()
    assert json.loads(done.stdout) == [], "asked of others than the hub"
    return folder


@pytest.fixture
def files(tmp_path):
    """A table, a netCDF file, a GeoTIFF and a picture."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "co2.csv").write_text("year,co2\n2000,370\n2010,390\n2020,410\n")
    xr.Dataset({"sst": ("time", np.array([1.0, 2.0, 3.5]))}).to_netcdf(folder / "sst.nc")
    grid = {"width": 4, "height": 3, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    corner = rasterio.Affine(1, 0, 0, 0, -1, 50)
    with rasterio.open(folder / "map.tif", "w", driver="GTiff", transform=corner, **grid) as tif:
        tif.write(np.ones((1, 3, 4), "uint8"))
    Image.new("RGB", (64, 48), "teal").save(folder / "site.png")
    return sorted(folder.iterdir())


def test_members_work_and_keep_what_is_theirs(members, files, tmp_path):
    try:
        visit("members", members, members.words(), tmp_path, files)
    finally:
        for name in ("alice", "bob", "carol"):
            members.run("stop", name)
    home = members.root / "home" / "alice"
    assert all((home / "data" / file.name).read_bytes() == file.read_bytes() for file in files)
    cells = json.loads((home / LESSON).read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    said = [output for cell in code for output in cell["outputs"]]
    assert not any(output["output_type"] == "error" for output in said)
    assert sum("image/png" in output.get("data", {}) for output in said) == 3, "two figures, and the slider's"


def test_an_open_hub_forgets(tmp_path):
    for service in running("open", memory="700M", disk="32M", places=1):
        word = (service.root / "state" / "word").read_text().strip()
        pictures = visit("open", service, {"word": word}, tmp_path)  # the scene itself looks for what was left
        assert list(pictures.glob("*.png"))


def test_a_course_gives_all_work_by_one_click(files, tmp_path):
    people = "user,role,name\nteacher,teacher,T\nann,student,A\n"
    for service in running("course", people, memory="700M", disk="64M", ends="2999-01-01"):
        visit("course", service, service.words(), tmp_path, files)
    with zipfile.ZipFile(tmp_path / "work.zip") as archive:
        assert {f"ann/{file.name}" for file in files} <= set(archive.namelist())
