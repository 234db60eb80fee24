"""The preview: a real process on a port of this computer, asked as a browser would, while things change."""

import http.client
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from queue import Empty, Queue

import duckdb
import pytest

from egregora.orchestration.preview.server import file_of, part_of, type_of, with_reload
from tests.whole.house import House
from tests.whole.test_stories import begun

WAIT = 90


@pytest.fixture
def house(own_weeks):
    return own_weeks


class Preview:
    """A running `egregora serve`: what it says, line by line, and what it answers."""

    def __init__(self, house, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "egregora", "serve", str(house.folder), *options],
            cwd=house.folder,
            env=house.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = Queue()
        self.said = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", self.until("serving"))[1])

    def _read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.put(line.rstrip())

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def until(self, words):
        """The next line that has these words."""
        end = time.monotonic() + WAIT
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                raise AssertionError(f"{words!r} was not said: {self.said}") from None
            self.said.append(line)
            if words in line:
                return line

    def ask(self, path, method="GET", **headers):
        """Status, headers and body of an answer; the path goes out as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    @contextmanager
    def events(self):
        """What an open page hears, one version after the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        connection.request("GET", "/.egregora/events")
        answer = connection.getresponse()
        assert answer.getheader("Content-Type") == "text/event-stream"
        try:
            yield lambda: _next_event(answer)
        finally:
            answer.close()
            connection.close()


def _next_event(answer):
    data = answer.readline().decode()
    assert answer.readline() == b"\n"
    return data.removeprefix("data: ").strip()


@pytest.fixture
def serve():
    running = []

    def start(house, *options):
        running.append(Preview(house, *(options or ("--port", "0"))))
        return running[-1]

    yield start
    for preview in running:
        preview.end()


def test_a_changed_title_is_on_the_page_and_an_open_page_hears_of_it(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    status, headers, body = preview.ask("/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"Our group" in body
    shown = re.search(rb'reload\.js\?v=([\d.]+)"', body)[1].decode()
    with preview.events() as hear:
        assert hear() == shown
        settings = house.folder / "egregora.toml"
        settings.write_text(settings.read_text().replace("Our group", "The Lane"))
        preview.until("egregora.toml changed; building")
        preview.until("Publishing the site")
        preview.until("✓ the site is new")
        heard = shown
        while heard == shown:  # said again now and then, to keep the line open
            heard = hear()
    body = preview.ask("/")[2]
    assert b"The Lane" in body
    assert f"reload.js?v={heard}".encode() in body
    assert "The Lane" in (house.folder / "site/index.html").read_text()


def test_the_files_stay_as_they_are_and_the_policy_that_is_sent_allows_one_script_more(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    before = house.files("site")
    _, headers, body = preview.ask("/about.html")
    assert b"reload.js" in body
    assert b"http-equiv" not in body
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert house.files("site") == before
    assert b"Content-Security-Policy" in before["site/about.html"]
    assert not any(b"reload" in data for data in before.values())


def test_files_have_their_types_and_what_is_missing_has_its_page(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    for path, kind in (("/style.css", "text/css; charset=utf-8"), ("/feed.xml", "application/xml")):
        status, headers, body = preview.ask(path)
        assert (status, headers["content-type"]) == (200, kind)
        assert body == (house.folder / "site" / path[1:]).read_bytes()
        assert headers["x-content-type-options"] == "nosniff"
    status, headers, body = preview.ask("/posts/nothing.html")
    assert status == 404
    assert b"<title>" in body
    assert len(body) > 500
    assert preview.ask("/posts/")[0] == 404  # no list of what is there
    assert preview.ask("/posts")[0] == 404
    status, headers, body = preview.ask("/index.html", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == len(preview.ask("/index.html")[2])
    assert preview.ask("/", "POST")[0] == 501
    (house.folder / "site/extra").mkdir()
    (house.folder / "site/extra/index.html").write_text("<p>mine</p>")
    status, headers, _ = preview.ask("/extra")
    assert (status, headers["location"]) == (301, "/extra/")
    assert preview.ask("///extra")[1]["location"] == "/extra/"
    assert preview.ask("/extra/")[0] == 200


def test_a_part_of_a_video_is_sent_alone(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    (house.folder / "site/media").mkdir(exist_ok=True)
    (house.folder / "site/media/clip.mp4").write_bytes(bytes(range(200)))
    status, headers, body = preview.ask("/media/clip.mp4", Range="bytes=10-19")
    assert (status, body, headers["content-range"]) == (206, bytes(range(10, 20)), "bytes 10-19/200")
    assert headers["content-type"] == "video/mp4"
    assert preview.ask("/media/clip.mp4", Range="bytes=-5")[2] == bytes(range(195, 200))
    assert preview.ask("/media/clip.mp4", Range="bytes=200-")[:1] == (416,)
    assert len(preview.ask("/media/clip.mp4", Range="lines=1-2")[2]) == 200


def test_nothing_outside_the_site_is_shown(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    site = house.folder / "site"
    (site / "link.txt").symlink_to(house.folder / "egregora.toml")
    (site / "folder").symlink_to(house.folder / ".egregora")
    secret = (house.folder / ".egregora/key").read_bytes().strip()
    for path in (
        "/../egregora.toml", "/posts/../../egregora.toml", "/%2e%2e/egregora.toml", "/..%2fegregora.toml",
        "/%2e%2e%2f.egregora%2fkey", "/..%5cegregora.toml", "//etc/passwd", "/%00", "/link.txt", "/folder/key",
        "/.egregora-files", "/.egregora/key", "/./../.doit.db", f"/{house.folder}/egregora.toml", "/a" * 3000,
        "egregora.toml", "http://127.0.0.1/../egregora.toml",
    ):  # fmt: skip
        status, _, body = preview.ask(path)
        assert status in (404, 414), path
        assert secret not in body
        assert b"timezone" not in body
    assert preview.ask("/", Host="evil.example")[0] == 421
    assert preview.ask("/.egregora/events", Host="evil.example:80")[0] == 421
    assert preview.ask("/", Host=f"localhost:{preview.port}")[0] == 200


def test_it_is_for_this_computer_only(house, serve):
    preview = serve(house)
    own = socket.gethostbyname(socket.gethostname())
    other = "127.0.0.2" if own.startswith("127.") and sys.platform == "linux" else own
    with pytest.raises(OSError, match=r"refused|timed out|unreachable|address"):
        socket.create_connection((other, preview.port), timeout=2)


def test_a_build_that_fails_shows_why_and_leaves_the_site_and_the_next_change_mends_it(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    settings = house.folder / "egregora.toml"
    good = settings.read_text()
    settings.write_text(good + 'colour = "red"\n')
    preview.until("there is no setting 'colour'")
    preview.until("✗ the build failed; the last good site is shown")
    assert b"Our group" in preview.ask("/")[2]
    settings.write_text(good.replace("Our group", "The Lane"))
    preview.until("✓ the site is new")
    assert b"The Lane" in preview.ask("/")[2]


def test_code_that_changes_counts_and_code_that_crashes_ends_nothing(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    pages = house.package / "egregora/publication/text/locale.py"
    good = pages.read_text()
    pages.write_text("raise SystemError('broken')\n")
    preview.until("locale.py changed; building")
    preview.until("✗ the build failed")
    assert preview.ask("/")[0] == 200
    pages.write_text(good)
    preview.until("✓ the site is")
    words = house.package / "egregora/publication/text/words.toml"
    words.write_text(words.read_text().replace("Cited messages", "Messages that were cited"))
    preview.until("✓ the site is new")
    assert "Messages that were cited" in next((house.folder / "site/posts").glob("*.html")).read_text()


def test_a_new_export_is_taken_in_and_not_called_by_its_name(house, serve):
    preview = serve(house)
    preview.until("the site is up to date")
    exports = house.folder / "exports"
    shutil.copyfile(exports / "chat.zip", exports / "Chat with Ana Souza.zip")
    preview.until("exports/ changed; building")
    preview.until("✓ the site is")
    assert not any("Ana" in line for line in preview.said)


def test_before_the_first_build_ends_a_page_says_so(tmp_path, serve):
    house = begun(tmp_path / "house")
    preview = serve(house)
    status, _, body = preview.ask("/")
    assert status == 503
    assert b"not made yet" in body
    assert b"reload.js" in body
    preview.until("✓ the site is new")
    assert preview.ask("/")[0] == 200


def test_a_project_that_another_process_builds_is_built_when_that_is_done(house, serve):
    settings = house.folder / "egregora.toml"
    settings.write_text(settings.read_text().replace("Our group", "The Lane"))
    connection = duckdb.connect(str(house.database))
    try:
        preview = serve(house)
        preview.until("another process")
        assert preview.ask("/")[0] == 200
    finally:
        connection.close()
    preview.until("✓ the site is new")
    assert b"The Lane" in preview.ask("/")[2]


def test_a_port_that_is_taken_is_said_so(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = house.egregora("serve", "--port", str(port), expect=2)
    assert f"port {port} is used by another program" in said
    assert "--port 0 finds a free one" in said
    assert "Traceback" not in said


def test_a_folder_that_is_no_project_is_said_so(tmp_path):
    assert "not a project" in House(tmp_path / "empty").egregora("serve", expect=2)


@pytest.mark.parametrize("when", ["while it builds", "while it waits"])
def test_ctrl_c_ends_with_one_line_and_130(house, serve, when):
    if when == "while it builds":
        house.run("doit", "forget", "knowledge")
    preview = serve(house)
    if when == "while it waits":
        preview.until("the site is up to date")
    else:
        time.sleep(1.0)
    preview.process.send_signal(signal.SIGINT)
    preview.until("interrupted: finished stages are kept")
    assert preview.process.wait(timeout=20) == 130
    time.sleep(0.2)
    assert preview.lines.empty()
    house.doit()
    assert house.doit() == []


@pytest.mark.parametrize(
    ("asked", "part"),
    [(None, (0, 99)), ("bytes=0-0", (0, 0)), ("bytes=90-200", (90, 99)), ("bytes=50-", (50, 99)),
     ("bytes=-10", (90, 99)),
     ("bytes=-200", (0, 99)), ("bytes=9-1", (0, 99)), ("bytes=1-2,4-5", (0, 99)), ("bytes=100-", (100, 99)),
     ("bytes=-0", (100, 99))],
)  # fmt: skip
def test_parts_of_a_file(asked, part):
    assert part_of(100, asked) == part


def test_types_do_not_depend_on_the_machine():
    assert [type_of(each) for each in (".PNG", ".jpg", ".webm", ".pdf", ".js", ".strange", "")] == [
        "image/png", "image/jpeg", "video/webm", "application/pdf", "text/javascript; charset=utf-8",
        "application/octet-stream", "application/octet-stream",
    ]  # fmt: skip


def test_a_policy_is_as_strict_as_before_in_all_else():
    assert with_reload("default-src 'none'; script-src 'none'; base-uri 'none'") == (
        "default-src 'none'; script-src 'self'; base-uri 'none'; connect-src 'self'"
    )
    assert with_reload("script-src 'self'; upgrade-insecure-requests") == (
        "script-src 'self'; upgrade-insecure-requests; connect-src 'self'"
    )
    assert with_reload("default-src https://example.org") == (
        "default-src https://example.org; script-src https://example.org 'self'; connect-src https://example.org 'self'"
    )


def test_a_link_inside_the_site_is_followed_and_a_circle_is_not(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").symlink_to("a.txt")
    (tmp_path / "c.txt").symlink_to("c.txt")
    assert file_of(tmp_path, "/b.txt") == (tmp_path / "a.txt").resolve()
    assert file_of(tmp_path, "/c.txt") is None
