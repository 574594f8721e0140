"""A lasting way to one server: sessions one after the other, and the subscriptions that outlive them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from . import _requests
from ._messages import ServerInfo, Subscribed
from ._session import Session
from .exceptions import (
    ConnectionLost,
    Hdf5AsyncError,
    RequestError,
    UnauthorizedError,
    VersionError,
    WorkerLostError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ._address import Address
    from ._protocol import Answered, Sink
    from ._subscription import Subscription
    from .events import Event

__all__ = ["Connection", "delays"]

logger = logging.getLogger("hdf5_async")

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 10.0
WORKER_LOST_RETRIES = 3


def delays() -> Iterator[float]:
    """Seconds to wait before each attempt to connect again: doubling, capped, spread by chance."""
    for attempt in itertools.count():
        longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(attempt, 16))
        yield longest * random.uniform(0.5, 1.0)


class Connection:
    """Sends requests on the present session; opens the next one when it is lost.

    Requests under way when a session is lost fail with :exc:`ConnectionLost`. Requests made while there is none
    wait for the next, at most ``timeout`` seconds. Subscriptions go on where they stopped.
    """

    def __init__(
        self,
        address: Address,
        name: str | None,
        timeout: float,
        reconnect: bool,
        durability: str | None = None,
    ) -> None:
        self._address = address
        self._durability = durability
        self._keys = (f"{secrets.token_hex(8)}-{number}" for number in itertools.count())
        self._name = name
        self._timeout = timeout
        self._reconnect = reconnect
        self._session: Session | None = None
        # Replaced with every session; done when that session is usable, failed when there will be none.
        self._ready: asyncio.Future[Session] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._subscriptions: dict[Subscription, int] = {}
        """With the number that the present session has for each."""
        self._file_news: set[asyncio.Event] = set()
        """Set when other files may be served than before."""
        self._server: ServerInfo | None = None

    @property
    def address(self) -> Address:
        """Where the server is."""
        return self._address

    @property
    def timeout(self) -> float:
        """Seconds to wait for a connection."""
        return self._timeout

    @property
    def server(self) -> ServerInfo:
        """What the server said last about itself."""
        if self._server is None:
            raise ConnectionLost("the connection was never opened", outcome="not_applied")
        return self._server

    async def open(self) -> None:
        """Connect for the first time."""
        session, self._server = await self._open_session()
        self._session = session
        self._ready = asyncio.get_running_loop().create_future()
        self._ready.set_result(session)
        self._keeper = asyncio.create_task(self._keep(session), name="hdf5-async connection")

    async def _open_session(self) -> tuple[Session, ServerInfo]:
        return await Session.open(
            self._address, self._name, self._timeout, self._route, self._durability
        )

    @contextmanager
    def file_news(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever the list of files may be another."""
        news = asyncio.Event()
        self._file_news.add(news)
        try:
            yield news
        finally:
            self._file_news.remove(news)

    def _tell_file_news(self) -> None:
        for news in self._file_news:
            news.set()

    def _route(self, event: Event) -> None:
        if not event.file:
            # Of the list of files, which has an order of its own.
            self._tell_file_news()
            return
        for subscription in self._subscriptions:
            subscription.offer(event)

    async def call(
        self,
        command: str,
        fields: Mapping[str, Any],
        *,
        file: str | None = None,
        payload: bytes | memoryview | None = None,
        sink: Sink | None = None,
    ) -> Answered:
        """Send a request on the present session and wait for its answer.

        A request whose worker was lost is sent again, with a key by which the server knows it, so that a change
        is made once; only answers of many parts are not asked for again.
        """
        retries = 0
        if sink is None and "request_key" in self.server.capabilities:
            fields = {"request_key": next(self._keys), **fields}
            retries = WORKER_LOST_RETRIES
        in_doubt = False
        while True:
            try:
                session = await self._usable()
                return await session.call(command, fields, file=file, payload=payload, sink=sink)
            except WorkerLostError as error:  # noqa: PERF203 - the attempts are few
                if retries == 0:
                    raise
                retries -= 1
                in_doubt = in_doubt or error.outcome == "unknown"
                await asyncio.sleep(error.retry_after or 0)
            except ConnectionLost as error:
                if in_doubt and error.outcome == "not_applied":
                    # It was sent before, even if it could not be sent again.
                    raise ConnectionLost(str(error)) from error
                raise

    async def call_many(
        self, command: str, requests: Iterable[Mapping[str, Any]], *, file: str | None = None
    ) -> list[Answered | RequestError]:
        """Send requests one behind the other, wait for all answers, and return them or the refusals in order."""
        answers = await asyncio.gather(
            *(self.call(command, fields, file=file) for fields in requests), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, RequestError):
                raise answer
        return answers  # type: ignore[return-value]

    async def hello(self, name: str) -> ServerInfo:
        """Change the name under which this client's changes are announced."""
        session = await self._usable()
        self._server = await session.hello(name)
        self._name = name
        return self._server

    async def _usable(self) -> Session:
        if self._ready is None:
            raise ConnectionLost("the connection is not open", outcome="not_applied")
        try:
            session = await asyncio.wait_for(asyncio.shield(self._ready), self._timeout)
            if session.lost.done() and self._keeper is not None and not self._keeper.done():
                # The keeper wakes up in this turn of the loop and replaces `_ready`.
                await asyncio.sleep(0)
                session = await asyncio.wait_for(asyncio.shield(self._ready), self._timeout)
            return session
        except asyncio.TimeoutError:
            raise ConnectionLost(
                f"no connection to {self._address.endpoint} for {self._timeout} s",
                outcome="not_applied",
            ) from None

    async def _keep(self, session: Session) -> None:
        """Open the next session whenever one is lost, until told to stop or refused for good."""
        while True:
            await asyncio.wait([session.lost])
            self._session = None
            self._ready = asyncio.get_running_loop().create_future()
            # Nobody may be waiting for it when it fails.
            self._ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
            if not self._reconnect:
                self._give_up(ConnectionLost("the connection was closed", outcome="not_applied"))
                return
            try:
                session = await self._next_session()
            except (UnauthorizedError, VersionError) as error:
                self._give_up(error)
                return
            self._ready.set_result(session)

    async def _next_session(self) -> Session:
        for delay in delays():
            await asyncio.sleep(delay)
            try:
                session, self._server = await self._open_session()
            except (UnauthorizedError, VersionError):
                raise
            except Hdf5AsyncError as error:
                logger.info("%s; trying again", error)
                continue
            self._session = session
            self._tell_file_news()
            try:
                for subscription in list(self._subscriptions):
                    await self._resume(session, subscription)
            except ConnectionLost as error:
                logger.info("%s; trying again", error)
                continue
            return session
        raise AssertionError("the delays never end")

    async def _resume(self, session: Session, subscription: Subscription) -> None:
        try:
            await self._subscribe(session, subscription, snapshot=False)
        except RequestError as error:
            # The file may not be served any more; the others go on.
            self._subscriptions.pop(subscription, None)
            subscription.end(error)

    async def start(self, subscription: Subscription) -> None:
        """Subscribe for the first time."""
        session = await self._usable()
        snapshot = bool(subscription.options.get("snapshot"))
        # Known before the answer, because events may overtake it.
        self._subscriptions[subscription] = 0
        try:
            await self._subscribe(session, subscription, snapshot=snapshot)
        except BaseException:
            self._subscriptions.pop(subscription, None)
            raise

    async def _subscribe(
        self, session: Session, subscription: Subscription, *, snapshot: bool
    ) -> None:
        subscription.expect_answer()
        since = subscription.since
        fields = _requests.subscribe(
            subscription.path,
            data=subscription.options.get("data"),
            snapshot=snapshot,
            since=None if since is None else since.to_wire(),
            max_rate=subscription.options.get("max_rate"),
        )
        answered = await session.call("subscribe", fields, file=subscription.file)
        answer = Subscribed.from_wire(answered.body)
        if subscription not in self._subscriptions:
            # Stopped while a new session was about to take it over.
            await session.call("unsubscribe", _requests.unsubscribe(answer.subscription))
            return
        self._subscriptions[subscription] = answer.subscription
        subscription.begin(answered.body, answer)

    async def stop(self, subscription: Subscription) -> None:
        """Unsubscribe, where there is still somebody to tell."""
        number = self._subscriptions.pop(subscription, None)
        subscription.end()
        session = self._session
        if number is None or session is None:
            return
        try:
            await session.call("unsubscribe", _requests.unsubscribe(number))
        except ConnectionLost:
            logger.debug("the connection ended before the subscription did")

    def _give_up(self, error: Hdf5AsyncError) -> None:
        self._tell_file_news()
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(error)
        for subscription in self._subscriptions:
            subscription.end(error)
        self._subscriptions.clear()

    async def close(self) -> None:
        """Close the session, open no other, and end the subscriptions."""
        self._tell_file_news()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if self._session is not None:
            await self._session.close()
        for subscription in self._subscriptions:
            subscription.end()
        self._subscriptions.clear()
        self._ready = asyncio.get_running_loop().create_future()
        self._ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        self._ready.set_exception(ConnectionLost("the client is closed", outcome="not_applied"))
