"""A file's events at or below one path, in order and each once, across reconnects."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from . import events
from ._messages import Child, ObjectInfo, Position, Subscribed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ._connection import Connection

__all__ = ["Subscription"]

MAX_WAITING_EVENTS = 10_000
"""Events that wait for the caller to take them; beyond, the newest are replaced by one ``Lagged``."""


class Subscription:
    """An async context manager that subscribes, and in it an async iterator of events.

    ::

        async with client.subscribe("/entry") as changes:
            async for event in changes:
                print(event)
    """

    def __init__(
        self,
        connection: Connection,
        file: str | None,
        path: str,
        options: Mapping[str, Any],
        since: Position | None,
    ) -> None:
        self.file = file
        self.path = path
        self.options = options
        self.object: ObjectInfo | None = None
        """With ``snapshot``: the object as it was at the position where the events begin."""
        self.children: list[Child] | None = None
        """With ``snapshot`` of a group: its first page of links."""
        # The file and the path of the events, where an external link has led to another file.
        self._elsewhere: tuple[str, str] | None = None
        self._connection = connection
        self._position = since
        self._begun = False
        # A paced `written` may come after later events of other paths; its order is that of its path.
        self._paced = options.get("max_rate") is not None
        self._written: dict[str, int] = {}
        self._first = 0
        # Events that overtook the answer to `subscribe`; None once it has come.
        self._early: deque[events.Event] | None = None
        self._waiting: deque[events.Event] = deque()
        # The first and last event that found no room in `_waiting`.
        self._overflow: tuple[events.Event, events.Event] | None = None
        # Made by the first who waits, in the loop that runs then.
        self._news: asyncio.Event | None = None
        self._ending: BaseException | None = None
        self._ended = False

    @property
    def position(self) -> Position | None:
        """The newest event that has arrived, or where the events begin; None before the server answered."""
        return self._position

    async def __aenter__(self) -> Subscription:
        await self._connection.start(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connection.stop(self)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> events.Event:
        while not self._waiting and self._overflow is None:
            if self._ending is not None:
                raise self._ending
            if self._ended:
                raise StopAsyncIteration
            if self._news is None:
                self._news = asyncio.Event()
            self._news.clear()
            await self._news.wait()
        if self._waiting:
            return self._waiting.popleft()
        return self._take_overflow()

    def _take_overflow(self) -> events.Event:
        assert self._overflow is not None
        first, last = self._overflow
        self._overflow = None
        return events.Lagged(
            last.file,
            last.epoch,
            last.seq,
            last.time,
            None,
            None,
            None,
            first=first.seq,
            last=last.seq,
        )

    @property
    def since(self) -> Position | None:
        """Where the server is to go on; None for paced events, whose gaps cannot be told by a position."""
        return None if self._paced and self._begun else self._position

    def expect_answer(self) -> None:
        """Keep what comes from now on until the server has said where the events begin."""
        self._early = deque(maxlen=MAX_WAITING_EVENTS)

    def begin(self, reply: Mapping[str, Any], answer: Subscribed) -> None:
        """Take the server's answer: events after its position will come, or those after ``since``."""
        position = Position(reply.get("epoch", 0), reply.get("seq", 0))
        resync = answer.resync or (self._begun and self._paced)
        self._begun = True
        file = reply.get("file")
        self._elsewhere = None if file is None or answer.path is None else (file, answer.path)
        if self._position is None or resync:
            self._position = position
            self._written.clear()
        self._first = self._position.seq
        if resync:
            self._wait(self._resync(file or self.file or "", position))
        if answer.object is not None:
            self.object, self.children = answer.object, answer.children
        early, self._early = self._early, None
        for event in early or ():
            self.offer(event)

    def offer(self, event: events.Event) -> None:
        """Take an event of the connection if this subscription asked for it and has not had it."""
        if self._early is not None:
            # Which events are asked for is known for certain once the answer is there.
            if event.file != self.file or events.concerns(event, self.path):
                self._early.append(event)
            return
        file, path = self._elsewhere or (self.file, self.path)
        if file is not None and event.file != file:
            return
        if not events.concerns(event, path):
            return
        position = self._position
        if position is not None and position.epoch != event.epoch:
            self._wait(self._resync(event.file, event.position))
        elif isinstance(event, events.Lagged):
            self._wait(event)
            self._position = Position(event.epoch, max(event.last, position.seq if position else 0))
            return
        elif position is not None and event.seq <= self._last_seq(event, position):
            return
        if position is None or event.epoch != position.epoch or event.seq > position.seq:
            self._position = event.position
        self._wait(event)

    def _last_seq(self, event: events.Event, position: Position) -> int:
        """Return the newest event that was delivered before this one, as far as order matters."""
        if not (self._paced and isinstance(event, events.Written)):
            return position.seq
        last = self._written.get(event.path, self._first)
        self._written[event.path] = max(last, event.seq)
        return last

    def _resync(self, file: str, position: Position) -> events.Resync:
        return events.Resync(file, position.epoch, position.seq, time.time(), None, None, None)

    def _wait(self, event: events.Event) -> None:
        if self._overflow is not None:
            self._overflow = (self._overflow[0], event)
        elif len(self._waiting) >= MAX_WAITING_EVENTS:
            self._overflow = (event, event)
        else:
            self._waiting.append(event)
        self._wake()

    def end(self, error: BaseException | None = None) -> None:
        """No more events will come; the iteration ends, with ``error`` where there is one."""
        self._ending = error
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()
