"""What the repository shows is what the program does."""

import json
from pathlib import Path

from tests.whole.house import House

ROOT = Path(__file__).parent.parent.parent


def shape(record):
    """What a record tells of, without the values."""
    values = record["_values_:"]
    return {key: sorted(values[key]) for key in ("fingerprint", "tables", "slices") if key in values}


def test_the_example_of_the_mirror_is_what_a_build_of_the_sample_leaves(demo):
    found = json.loads((demo.folder / ".doit.db").read_text())
    example = json.loads((ROOT / ".doit.db.example").read_text())
    assert example.keys() == found.keys()
    stages = {task for task in found["tasks"] if ":" not in task}
    windows = {task for task in example["tasks"] if ":" in task}
    assert example["tasks"].keys() == stages | windows
    assert windows
    for task in (stages | windows) - {"_engine"}:
        assert shape(example["tasks"][task]) == shape(found["tasks"][task]), task
    assert example["schemas"].keys() == found["schemas"].keys()


def test_doit_in_the_repository_works_on_the_project_where_it_was_started(tmp_path):
    house = House(tmp_path / "mine")
    house.egregora("init", ".")
    said = house.run("doit", "-f", str(ROOT / "dodo.py"), "list", "--status")
    assert said.count("R ") == 8
    assert (house.folder / "egregora.toml").exists()
