import tomllib
from pathlib import Path

from egregora.augmentation import profiler
from egregora.privacy.names import variants


def test_no_handle_is_made_of_a_name():
    listed = tomllib.loads(Path(variants.__file__).with_name("name_words.toml").read_text("utf-8"))
    names = {word for words in listed.values() for word in words.split()}
    handles = Path(profiler.__file__).with_name("handles.txt").read_text("utf-8").partition("[")[2].lower().split()
    assert len(handles) > 256
    assert names.isdisjoint(handles)
