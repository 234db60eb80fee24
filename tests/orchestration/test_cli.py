"""The command line: every command is documented, says what it means, and ends with the right code."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from egregora.orchestration.cli import main
from tests.whole.chats import export, lines_of_weeks

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")


def commands(group, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def run(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


COMMANDS = list(commands(main))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_every_command_is_in_the_readme_and_its_help_has_an_example(path, command):
    assert f"egregora {' '.join(path)}" in README
    said = run(*path, "--help").output
    assert f"egregora {' '.join(path)}" in said.partition("Example:")[2]
    assert "\\b" not in said
    options = [name for parameter in command.params for name in parameter.opts if name.startswith("--")]
    assert all(option in said for option in options)


def test_the_rules_are_in_the_help_and_in_the_readme():
    assert re.findall(r"^ *(\d+)\. ", run("--help").output, re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert re.findall(r"^(\d+)\. ", README.partition("## When a stage is made again")[2], re.MULTILINE)[:10] == [
        str(number) for number in range(1, 11)
    ]


def test_init_makes_a_project_and_leaves_what_is_there(tmp_path):
    folder = tmp_path / "blog"
    assert "is a project" in run("init", folder).output
    key = (folder / ".egregora" / "key").read_bytes()
    assert (folder / ".egregora" / "key").stat().st_mode & 0o777 == 0o600
    assert (folder / ".egregora").stat().st_mode & 0o777 == 0o700
    assert (folder / "exports").stat().st_mode & 0o777 == 0o700
    assert len((folder / "dodo.py").read_text().splitlines()) == 2
    (folder / "egregora.toml").write_text('title = "mine"\n')
    run("init", folder)
    assert (folder / "egregora.toml").read_text() == 'title = "mine"\n'
    assert (folder / ".egregora" / "key").read_bytes() == key


def test_status_before_anything_was_made(tmp_path):
    run("init", tmp_path)
    lines = run("status", tmp_path).output.splitlines()
    assert [line.split()[1] for line in lines] == [
        "ingested", "anonymized", "media", "enriched", "knowledge", "generated", "profiles", "site"
    ]  # fmt: skip
    assert lines[0].endswith("never made")
    assert run("debug", "dag-status", tmp_path).output.splitlines() == lines


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('period = "fortnight"', "period is 'fortnight'"),
        ('timezone = "Mars/Olympus"', "timezone is 'Mars/Olympus', which is not known"),
        ('timezone = "../../etc/passwd"', "which is not known"),
        ("titel = 'x'", "there is no setting 'titel'"),
        ("title = 3", "title is 3 and not a text"),
        ("title = ", "not valid TOML"),
        ('from_date = "2025-02-31x"', "from_date is"),
        ('from_date = "2025-02-01"\nto_date = "2025-01-01"', "from_date is after to_date"),
    ],
)
def test_settings_that_make_no_sense_are_wrong_usage(tmp_path, settings, said):
    run("init", tmp_path)
    (tmp_path / "egregora.toml").write_text(settings)
    result = run("status", tmp_path)
    assert said in result.output
    assert "to do:" in result.output
    assert result.exit_code == 2


def test_an_option_that_makes_no_sense_changes_nothing(tmp_path):
    run("init", tmp_path)
    before = (tmp_path / "egregora.toml").read_bytes()
    result = run("process", "--output", tmp_path, "--timezone", "Mars/Olympus")
    assert (result.exit_code, "Mars/Olympus" in result.output) == (2, True)
    assert (tmp_path / "egregora.toml").read_bytes() == before


@pytest.mark.parametrize("arguments", [("status",), ("why", "site"), ("verify",), ("process", "--output")])
def test_a_folder_that_is_no_project_is_wrong_usage(tmp_path, arguments):
    result = run(*arguments, tmp_path)
    assert (result.exit_code, "not a project" in result.output, "egregora init" in result.output) == (2, True, True)


def test_an_export_comes_in_once(tmp_path):
    zip_ = tmp_path / "WhatsApp Chat with Our Street.zip"
    zip_.write_bytes(export(lines_of_weeks(range(1))))
    folder = tmp_path / "blog"
    assert run("process", zip_, "--output", folder, "--target-stage", "ingested").exit_code == 0
    again = run("process", zip_, "--output", folder, "--target-stage", "ingested")
    assert "is in exports/ already" in again.output
    assert "[1/1] Ingesting messages: fresh" in again.output
    (copied,) = (folder / "exports").iterdir()
    assert copied.name.endswith("-WhatsApp Chat with Our Street.zip")
    assert copied.stat().st_mode & 0o777 == 0o600
    said = run("why", "ingested", folder).output
    assert said.endswith("ingested: fresh\n")
    assert "  code " in said


def test_a_stage_that_does_not_exist_is_named(tmp_path):
    run("init", tmp_path)
    assert "there is no stage 'sites'" in run("why", "sites", tmp_path).output
    assert run("debug", "run-stage", "sites", tmp_path).exit_code == 2
