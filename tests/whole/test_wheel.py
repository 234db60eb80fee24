"""The wheel holds everything: the demo runs from what is in it, in an empty folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import egregora

ROOT = Path(__file__).parents[2]
NEEDED = ("py.typed", "sample/WhatsApp Chat with Palm Court.zip", "publication/templates/home.html")


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(tmp_path):
    built, unpacked, empty = tmp_path / "built", tmp_path / "unpacked", tmp_path / "empty"
    empty.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    package = Path(egregora.__file__).parent
    files = (path.relative_to(package) for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    wanted = {path.as_posix() for path in files if not any(part.startswith(".") for part in path.parts)}
    assert {*NEEDED} <= wanted
    inside = {path.relative_to(unpacked / "egregora").as_posix() for path in (unpacked / "egregora").rglob("*")}
    assert wanted - inside == set()
    run = subprocess.run(
        [sys.executable, "-P", "-m", "egregora", "demo", "--output", "blog"],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "✓ Pipeline complete" in run.stdout
    assert (empty / "blog" / "site" / "index.html").is_file()
