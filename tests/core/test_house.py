"""The measure of the house: how large folders, modules and functions are, and that its drawing is true."""

import ast
import re
from pathlib import Path
from statistics import median, quantiles

import egregora

PACKAGE = Path(egregora.__file__).parent
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py"]
MOST_MODULES, LONGEST_MODULE, LONGEST_FUNCTION = 12, 300, 45
FEW_LINES, MANY_LINES = 8, 20  # of the function in the middle, and of nine in ten


def lengths():
    """The lines of each function, by its place."""
    found = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                place = f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
                found[place] = node.end_lineno - node.lineno + 1
    return found


def test_no_folder_has_more_modules_than_one_reads_at_a_sitting():
    folders = {}
    for path in MODULES:
        folders.setdefault(path.parent.relative_to(PACKAGE).as_posix(), []).append(path.stem)
    assert {folder: names for folder, names in folders.items() if len(names) > MOST_MODULES} == {}


def test_no_module_tells_two_stories():
    long = {path.relative_to(PACKAGE).as_posix(): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_functions_are_short():
    found = lengths()
    assert {place: lines for place, lines in found.items() if lines > LONGEST_FUNCTION} == {}
    assert median(found.values()) <= FEW_LINES
    assert quantiles(found.values(), n=10)[-1] <= MANY_LINES


def test_the_drawing_in_the_design_has_every_module_in_its_folder_and_no_other():
    design = (PACKAGE / "DESIGN.md").read_text("utf-8")
    drawing = re.search(r"```tree\n(.*?)```", design, re.DOTALL)[1]
    drawn = set()
    for line in drawing.splitlines():
        folder, _, names = line.partition(":")
        drawn |= {f"{folder.strip()}/{name}".removeprefix("./") for name in re.findall(r"\w+", names.partition("#")[0])}
    assert drawn == {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in MODULES}
