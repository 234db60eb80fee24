"""Runs of the program as forks of one process that holds its libraries, its modules and its model.

What a run does to modules, variables, files and signals is its own, as in a process that was started. When it begins,
no DuckDB is open and nothing is under way.
"""

import atexit
import functools
import gc
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

PATIENCE = 300.0  # seconds that a run may take
MOST = 1 << 20  # bytes of a request
LIBRARIES = """
babel.dates babel.numbers click doit.doit_cmd duckdb hijridate ibis ibis.backends.duckdb jinja2 markdown_it nh3 numpy
pandas PIL.Image PIL.ImageDraw PIL.ImageFont pyarrow.csv pyarrow.parquet rich.console rich.live rich.progress tomlkit
xxhash
"""


# In the tests


def run(command: tuple[str, ...], folder: Path, variables: dict[str, str]) -> tuple[int, str, str]:
    """`python -m command` in `folder`: how it ended, as a `Popen.returncode`, and what it wrote."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        request = json.dumps({"command": command, "folder": str(folder), "variables": variables})
        with _exclusive:
            socket.send_fds(_parent(), [request.encode()], [out.fileno(), err.fileno()])
            code = _parent().recv(MOST)
        assert code, "the process that runs are forked from has ended"
        return int(code), *(file.seek(0) or file.read() for file in (out, err))


_exclusive = threading.Lock()  # a request and its answer belong together


@functools.cache
def _parent() -> socket.socket:
    """The way to the process that is forked."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here.settimeout(PATIENCE)
    # The program sets OPENBLAS_NUM_THREADS before it loads its model: the last bits of a vector depend on it.
    variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    with there:
        process = subprocess.Popen(
            [sys.executable, __file__, str(there.fileno())],
            env=variables,
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    @atexit.register
    def end() -> None:
        here.close()
        process.kill()
        process.wait()

    return here


# In the process that is forked


def _serve(tests: socket.socket) -> None:
    """Answer each request with a fork's end."""
    while True:
        data, files, _, _ = socket.recv_fds(tests, MOST, 2)
        if not data:
            return
        child = os.fork()
        if child == 0:
            tests.close()
            _become(files, **json.loads(data))
        for file in files:
            os.close(file)
        tests.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _load() -> None:
    """Import all that a run may need, and have the model ready for whoever asks for it."""
    for name in LIBRARIES.split():
        import_module(name)
    for module in pkgutil.walk_packages(import_module("egregora").__path__, "egregora."):
        if module.name != "egregora.__main__":
            with suppress(ImportError):  # a run that needs the module says so
                import_module(module.name)
    import_module("egregora.llm.offline").loaded_model().encode("")
    gc.collect()
    gc.freeze()  # else a fork's collections touch, and so copy, what it shares


def _become(files: list[int], command: list[str], folder: str, variables: dict[str, str]) -> None:
    """Run `python -m command`, and end."""
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    sys.path[0] = folder
    sys.argv = command
    code = 1
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if code and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001  # as the interpreter shows it
        sys.excepthook(*sys.exc_info())
    finally:  # what the interpreter does at the end, but taking everything down, which costs more than a short run
        threading._shutdown()  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _load()
    with socket.socket(fileno=int(sys.argv[1])) as other_end:
        _serve(other_end)
