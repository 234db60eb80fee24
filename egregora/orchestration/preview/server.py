"""A preview of the site for this computer only: its files as they are, and pages that open again when they are new."""

import errno
import html
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from mimetypes import MimeTypes
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from egregora.config.project import Project
from egregora.core.errors import SettingsError
from egregora.orchestration.preview.watcher import keep_built

HERE = "127.0.0.1"
_OWN = "/.egregora/"  # no file of a site begins with a dot
_ALIVE_SECONDS = 10.0
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml",
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "avif": "image/avif",
    "woff2": "font/woff2",
    "m4v": "video/mp4",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "3gp": "video/3gpp",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
}
_KNOWN = MimeTypes(filenames=())  # the same on every machine
_POLICY = re.compile(
    rb"""<meta\b(?=[^>]*\bhttp-equiv=["']?content-security-policy\b)[^>]*?\bcontent=(["'])(.*?)\1[^>]*>\n?""",
    re.IGNORECASE,
)
_RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")
_RELOAD = b"""\
const shown = new URL(document.currentScript.src).searchParams.get("v");
new EventSource("/.egregora/events").onmessage = event => { if (event.data !== shown) location.reload(); };
"""
_WAIT = (
    b"<!doctype html>\n<html><head><title>egregora</title></head><body><p>The site is not made yet.</p></body></html>\n"
)


class Version:
    """Which site is shown: a number that grows, and a way to wait until it does."""

    def __init__(self, started: int) -> None:
        self._started = started  # a page of a server that was there before is an old one
        self._number = 0
        self._grown = threading.Condition()

    def __str__(self) -> str:
        return f"{self._started}.{self._number}"

    def grow(self) -> None:
        """The pages are new."""
        with self._grown:
            self._number += 1
            self._grown.notify_all()

    def wait(self, shown: str, seconds: float) -> str:
        """The version, as soon as it is not `shown`, or after so many seconds."""
        with self._grown:
            self._grown.wait_for(lambda: str(self) != shown, seconds)
            return str(self)


class Answer(NamedTuple):
    """What is sent: a status, headers and bytes of a known length."""

    status: HTTPStatus
    headers: dict[str, str]
    body: BinaryIO
    length: int


def serve(project: Project, port: int, say: Callable[[str], None]) -> None:
    """Show the site of `project` to this computer and keep it built, until Ctrl-C.

    `port` 0 takes a free one. Errors: SettingsError when the port is taken or may not be used.
    """
    version = Version(time.time_ns())
    with _bound(port, partial(_Request, project.site_dir, version)) as server:
        say(f"serving {project.folder} at http://{HERE}:{server.server_port}/ (Ctrl-C ends)")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        keep_built(project, say, version.grow)


def _bound(port: int, request: Callable[..., BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return _Server((HERE, port), request)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is used by another program" if error.errno == errno.EADDRINUSE else "may not be used by you"
        fix = "end what uses it, or choose another one; --port 0 finds a free one"
        raise SettingsError(f"port {port} {why}", where=f"http://{HERE}:{port}/", fix=fix) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that went away is no news, nor is a page that a build just took away."""
        if not isinstance(sys.exception(), (ConnectionError, FileNotFoundError)):
            super().handle_error(request, client_address)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "egregora"
    sys_version = ""

    def __init__(self, site: Path, version: Version, *arguments: Any) -> None:
        self._site = site
        self._version = version
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if urlsplit(self.path).path == f"{_OWN}events" and self._is_for_us():
            self._send_events()
        else:
            self._send(self._answer(), body=True)

    def do_HEAD(self) -> None:
        self._send(self._answer(), body=False)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - http.server's name
        """The terminal tells of builds."""

    def _is_for_us(self) -> bool:
        """Whether it was asked for by the address of this computer: a page elsewhere may have given us its name."""
        host = self.headers.get("Host", "").rpartition(":")
        return (host[0] or host[2]) in (HERE, "localhost")

    def _answer(self) -> Answer:
        path = unquote(urlsplit(self.path).path)
        if not self._is_for_us():
            return _made(HTTPStatus.MISDIRECTED_REQUEST, b"this is a preview for this computer only\n", "txt")
        if path == f"{_OWN}reload.js":
            return _made(HTTPStatus.OK, _RELOAD, "js")
        file = file_of(self._site, path)
        if file is None:
            return self._missing(path)
        if file.suffix == ".html":
            return self._page(file.read_bytes(), HTTPStatus.OK)
        return ranged(file, self.headers.get("Range"))

    def _missing(self, path: str) -> Answer:
        if not path.endswith("/") and file_of(self._site, path + "/"):
            moved = _made(HTTPStatus.MOVED_PERMANENTLY, b"", "txt")
            moved.headers["Location"] = f"/{urlsplit(self.path).path.strip('/')}/"  # never to another host
            return moved
        page = file_of(self._site, "/404.html")
        if page is not None:
            return self._page(page.read_bytes(), HTTPStatus.NOT_FOUND)
        built = file_of(self._site, "/") is not None
        return self._page(_WAIT, HTTPStatus.NOT_FOUND if built else HTTPStatus.SERVICE_UNAVAILABLE)

    def _page(self, data: bytes, status: HTTPStatus) -> Answer:
        """A page with the script that opens it again, and its policy as a header that lets the script work."""
        policy = _POLICY.search(data)
        script = f'<script src="{_OWN}reload.js?v={self._version}"></script>\n'.encode()
        answer = _made(status, _POLICY.sub(b"", data, 1).replace(b"</head>", script + b"</head>", 1), "html")
        if policy:
            answer.headers["Content-Security-Policy"] = with_reload(html.unescape(policy[2].decode()))
        return answer

    def _send(self, answer: Answer, *, body: bool) -> None:
        self.send_response(answer.status)
        own = {"Content-Length": str(answer.length), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        for name, value in (answer.headers | own).items():
            self.send_header(name, value)
        self.end_headers()
        with answer.body as stream:
            if body:
                shutil.copyfileobj(stream, self.wfile)

    def _send_events(self) -> None:
        """Tell an open page the version that is there now, and each one that comes."""
        self.send_response(HTTPStatus.OK)
        for name, value in (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        told = ""
        while True:
            told = self._version.wait(told, _ALIVE_SECONDS)
            self.wfile.write(f"data: {told}\n\n".encode())


def file_of(site: Path, path: str) -> Path | None:
    """The file of the site that a decoded `path` asks for, or nothing; a folder stands for its index.html.

    Nothing that begins with a dot is a page, and no link that leads out of the site is followed.
    """
    parts = path.split("/")
    if parts[0] or any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    inside = [part for part in parts if part]
    found = site.joinpath(*inside, *([] if parts[-1] else ["index.html"]))
    try:
        real = found.resolve(strict=True)
    except (OSError, RuntimeError):  # missing, too long, or a circle of links
        return None
    return real if real.is_relative_to(site.resolve()) and real.is_file() else None


def ranged(file: Path, asked: str | None) -> Answer:
    """A file, or the one part of it that was asked for, as players of videos do."""
    size = file.stat().st_size
    first, last = part_of(size, asked)
    headers = {"Content-Type": type_of(file.suffix), "Accept-Ranges": "bytes"}
    if first > last and asked and size:
        refused = _made(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", "txt")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    if (first, last) == (0, size - 1):
        return Answer(HTTPStatus.OK, headers, file.open("rb"), size)
    with file.open("rb") as stream:
        stream.seek(first)
        data = stream.read(last + 1 - first)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Answer(HTTPStatus.PARTIAL_CONTENT, headers, BytesIO(data), len(data))


def part_of(size: int, asked: str | None) -> tuple[int, int]:
    """The first and the last byte that a Range header asks for: all of them when it asks for anything unusual.

    The first is behind the last when there are no such bytes.
    """
    match = _RANGE.fullmatch(asked or "")
    if match is None:
        return 0, size - 1
    first, last, tail = match.groups()
    if tail:
        return (max(0, size - int(tail)), size - 1) if int(tail) else (size, size - 1)
    end = min(int(last), size - 1) if last else size - 1
    return (0, size - 1) if last and int(last) < int(first) else (int(first), end)


def type_of(suffix: str) -> str:
    """The content type of a file by its ending; without one we know, it is only bytes."""
    ending = suffix.lower()
    return _TYPES.get(ending.removeprefix(".")) or _KNOWN.types_map[1].get(ending, "application/octet-stream")


def with_reload(policy: str) -> str:
    """A page's policy that lets it run our script and ask whether it is old, and is as strict in all else."""
    found = {name: rest for name, _, rest in (each.strip().partition(" ") for each in policy.split(";")) if name}
    for name in ("script-src", "connect-src"):
        values = [value for value in found.get(name, found.get("default-src", "")).split() if value != "'none'"]
        found[name] = " ".join(dict.fromkeys([*values, "'self'"]))
    return "; ".join(f"{name} {rest}".strip() for name, rest in found.items())


def _made(status: HTTPStatus, data: bytes, kind: str) -> Answer:
    return Answer(status, {"Content-Type": _TYPES[kind]}, BytesIO(data), len(data))
