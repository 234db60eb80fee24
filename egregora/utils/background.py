"""Work in a thread, a little ahead of who uses it."""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

Item = TypeVar("Item")
_PATIENCE = 0.2  # seconds after which a thread notices that nobody waits any more


class _Made(NamedTuple):
    item: Any = None
    error: Exception | None = None
    is_end: bool = False


def ahead(items: Iterable[Item], waiting: int = 2) -> Iterator[Item]:
    """The same items, made in a thread while earlier ones are used; at most `waiting` wait.

    Errors: what making an item raises, in its place.
    """
    made: queue.Queue[_Made] = queue.Queue(maxsize=waiting)
    stopped = threading.Event()
    threading.Thread(target=_make, args=(items, made, stopped), daemon=True).start()
    try:
        while not (got := made.get()).is_end:
            if got.error is not None:
                raise got.error
            yield got.item
    finally:
        stopped.set()


def _make(items: Iterable[Any], made: "queue.Queue[_Made]", stopped: threading.Event) -> None:
    try:
        for item in items:
            _hand_over(_Made(item), made, stopped)
            if stopped.is_set():
                return
        _hand_over(_Made(is_end=True), made, stopped)
    except Exception as error:  # noqa: BLE001  # it is raised where the items are used
        _hand_over(_Made(error=error), made, stopped)


def _hand_over(got: _Made, made: "queue.Queue[_Made]", stopped: threading.Event) -> None:
    handed_over = False
    while not (handed_over or stopped.is_set()):
        with suppress(queue.Full):
            made.put(got, timeout=_PATIENCE)
            handed_over = True
