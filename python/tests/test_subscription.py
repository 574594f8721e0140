"""Events in order and each once, whatever overtakes what."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest

from hdf5_async import _subscription, events
from hdf5_async._connection import LONGEST_DELAY_SECONDS, delays
from hdf5_async._messages import Position, Subscribed
from hdf5_async._subscription import Subscription


def event(seq: int, path: str = "/a", epoch: int = 1, file: str = "f") -> events.Event:
    return events.Deleted(file, epoch, seq, 0.0, None, None, None, path)


def begun(path: str = "/", since: Position | None = None, **reply: Any) -> Subscription:
    subscription = Subscription(Mock(), "f", path, {}, since)
    subscription.expect_answer()
    begin(subscription, **reply)
    return subscription


def begin(subscription: Subscription, **reply: Any) -> None:
    body = {"subscription": 1, "epoch": 1, "seq": 10, **reply}
    subscription.begin(body, Subscribed.from_wire(body))


def taken(subscription: Subscription) -> list[events.Event]:
    """Take what waits, and end the subscription so that the taking ends."""
    subscription.end()

    async def take() -> list[events.Event]:
        return [event async for event in subscription]

    return asyncio.run(take())


def test_events_after_the_answer_come_each_once() -> None:
    subscription = begun()
    for seq in (9, 10, 11, 12, 12, 11, 13):
        subscription.offer(event(seq))
    assert [event.seq for event in taken(subscription)] == [11, 12, 13]
    assert subscription.position == Position(1, 13)


def test_events_are_those_of_the_file_that_the_path_leads_to() -> None:
    subscription = Subscription(Mock(), "f", "/link", {}, None)
    subscription.expect_answer()
    subscription.offer(event(11, "/a/b", file="other"))
    begin(subscription, file="other", path="/a")
    subscription.offer(event(12, "/link"))
    subscription.offer(event(13, "/b", file="other"))
    subscription.offer(event(14, "/a", file="other"))
    assert [(event.file, event.seq) for event in taken(subscription)] == [
        ("other", 11),
        ("other", 14),
    ]


def test_events_that_overtake_the_answer_are_kept() -> None:
    subscription = Subscription(Mock(), "f", "/", {}, Position(1, 5))
    subscription.expect_answer()
    for seq in (5, 6, 11):
        subscription.offer(event(seq))
    begin(subscription)
    subscription.offer(event(12))
    assert [event.seq for event in taken(subscription)] == [6, 11, 12]


def test_only_what_was_asked_for() -> None:
    subscription = begun("/a/b")
    subscription.offer(event(11, "/a/bc"))
    subscription.offer(event(12, "/a/b/c", file="g"))
    subscription.offer(event(13, "/a/b/c"))
    subscription.offer(event(14, "/a"))
    subscription.offer(events.Written("f", 1, 15, 0.0, None, None, None, "/a", None, "", None, []))
    subscription.offer(events.Moved("f", 1, 16, 0.0, None, None, None, "/x", "/a/b/y"))
    subscription.offer(events.FileChanged("f", 1, 17, 0.0, None, None, None))
    assert [event.seq for event in taken(subscription)] == [13, 14, 16, 17]


def test_a_stream_that_starts_anew_says_resync_first() -> None:
    subscription = begun()
    subscription.offer(event(11))
    subscription.offer(event(1, epoch=2))
    kinds = [(type(event), event.epoch, event.seq) for event in taken(subscription)]
    assert kinds == [(events.Deleted, 1, 11), (events.Resync, 2, 1), (events.Deleted, 2, 1)]


def test_resync_of_the_server_comes_before_the_next_events() -> None:
    subscription = begun(since=Position(1, 2), resync=True)
    subscription.offer(event(9))
    subscription.offer(event(11))
    kinds = [(type(event), event.seq) for event in taken(subscription)]
    assert kinds == [(events.Resync, 10), (events.Deleted, 11)]


def test_lagged_moves_the_position() -> None:
    subscription = begun()
    subscription.offer(events.Lagged("f", 1, 20, 0.0, None, None, None, 11, 20))
    subscription.offer(event(20))
    subscription.offer(event(21))
    assert [event.seq for event in taken(subscription)] == [20, 21]


def test_what_the_caller_does_not_take_in_time_becomes_one_lagged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_subscription, "MAX_WAITING_EVENTS", 3)
    subscription = begun()
    for seq in range(11, 31):
        subscription.offer(event(seq))
    got = taken(subscription)
    assert [event.seq for event in got[:3]] == [11, 12, 13]
    (lagged,) = got[3:]
    assert isinstance(lagged, events.Lagged)
    assert (lagged.first, lagged.last) == (14, 30)


def test_the_iteration_ends_with_the_error_that_ended_the_connection() -> None:
    subscription = begun()
    subscription.offer(event(11))
    subscription.end(ConnectionError("gone"))

    async def take() -> None:
        assert (await subscription.__anext__()).seq == 11
        with pytest.raises(ConnectionError, match="gone"):
            await subscription.__anext__()

    asyncio.run(take())


def written(seq: int, path: str) -> events.Written:
    return events.Written("f", 1, seq, 0.0, None, None, None, path, None, "", None, [])


def test_paced_events_keep_the_order_of_their_path_only() -> None:
    subscription = Subscription(Mock(), "f", "/", {"max_rate": 10.0}, None)
    subscription.expect_answer()
    begin(subscription)
    arriving = (written(11, "/a"), written(14, "/b"), written(13, "/a"), written(13, "/a"))
    for each in (*arriving, written(12, "/b"), event(12), event(15), written(16, "/b")):
        subscription.offer(each)
    assert subscription.position == Position(1, 16)
    assert subscription.since is None
    got = [(event.seq, *event.paths) for event in taken(subscription)]
    assert got == [(11, "/a"), (14, "/b"), (13, "/a"), (15, "/a"), (16, "/b")]


def test_paced_events_say_resync_after_a_reconnect() -> None:
    subscription = Subscription(Mock(), "f", "/", {"max_rate": 10.0}, None)
    for _ in range(2):
        subscription.expect_answer()
        begin(subscription)
    assert [type(event) for event in taken(subscription)] == [events.Resync]


def test_delays_grow_to_their_cap_and_not_beyond() -> None:
    first = [delay for delay, _ in zip(delays(), range(30))]
    assert 0.05 <= first[0] <= 0.1
    assert all(delay <= LONGEST_DELAY_SECONDS for delay in first)
    assert all(delay >= LONGEST_DELAY_SECONDS / 2 for delay in first[8:])
