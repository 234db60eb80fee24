"""One Chromium for all tests in a browser, and the demo's blog in it, from the disk and over http."""

import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.contract import WAIT, WIDE
from tests.browser.watching import Watch

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def browser():
    """The Chromium of this system, without a window; it reaches nothing but this machine."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no test in a browser: there is no Chromium here; on Debian: apt-get install chromium")
    driver = pytest.importorskip("playwright.sync_api", reason="no test in a browser: playwright is not installed")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Site:
    """A folder of pages and the two addresses it can be read at; each ends with a slash."""

    def __init__(self, folder: Path, http: str) -> None:
        self.folder = folder
        self.http = http
        self.file = folder.resolve().as_uri() + "/"

    def pages(self, pattern="**/*.html"):
        """The paths of the pages, in order."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern))

    def address(self, way):
        return {"http": self.http, "file": self.file}[way]


@contextmanager
def served(folder):
    """`folder` as a site, also over http until the end."""
    server = _Server(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Site(folder, f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Bears that a browser leaves a page before it has come."""

    def handle_error(self, request, client_address):
        pass


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def do_GET(self):
        if self.path == "/favicon.ico":  # which a browser asks for when it shows a picture alone
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format, *args):  # noqa: A002
        pass


@pytest.fixture(scope="session")
def site(browser, demo):
    """The blog of the bundled sample, made by the program."""
    with served(demo.folder / "site") as site:
        yield site


@pytest.fixture
def kinds(site):
    """A page of each kind: all that lie at the top, and of each folder the one that holds most."""
    folders = {path.parent for path in site.folder.rglob("*.html")} - {site.folder}
    fullest = [max(folder.glob("*.html"), key=lambda page: page.stat().st_size) for folder in sorted(folders)]
    return site.pages("*.html") + [page.relative_to(site.folder).as_posix() for page in fullest]


@pytest.fixture
def a_post(kinds):
    return next(path for path in kinds if path.startswith("posts/"))


@pytest.fixture
def opened(browser):
    """Opens pages under watch, each context with a watch of its own; none may have given trouble at the test's end."""
    contexts = []

    def open_page(address, path="", *, size=WIDE, **options):
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(WAIT)
        context.set_default_navigation_timeout(10 * WAIT)
        watch = Watch(address).over(context)
        contexts.append((context, watch))
        page = context.new_page()
        page.watch = watch
        page.goto(address + path)
        return page

    yield open_page
    for context, _ in contexts:
        context.close()
    assert not [trouble for _, watch in contexts for trouble in watch.troubles]
