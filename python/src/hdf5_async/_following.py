"""A dataset as it grows: its rows, each once and in order, from whoever appends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import events
from .exceptions import NotFoundError, WrongKindError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._client import Client

__all__ = ["follow"]


async def follow(
    client: Client, path: str, *, from_start: bool, file: str | None
) -> AsyncIterator[np.ndarray[Any, Any]]:
    """Yield the rows behind those that are there, or all, as arrays of one row or more."""
    async with client.subscribe(path, data=True, snapshot=True, file=file) as changes:
        described = changes.object
        if described is None or described.dataset is None or not described.dataset.shape:
            raise WrongKindError(f"{path} is no dataset with rows", code="wrong_kind", path=path)
        length = described.dataset.shape[0]
        done = 0 if from_start else length
        if done < length:
            yield await client.read(path, np.s_[done:length], file=file)
            done = length
        async for event in changes:
            rows = _rows_of(event, done)
            if rows is not None:
                done += len(rows)
                yield rows
                continue
            now = await _length(client, path, event, file)
            if now is None:
                continue
            done = 0 if _begins_anew(event, path) else min(done, now)
            if done < now:
                yield await client.read(path, np.s_[done:now], file=file)
                done = now


def _rows_of(event: events.Event, done: int) -> np.ndarray[Any, Any] | None:
    """Return the rows that rode along with an event, where they are exactly the next ones."""
    if not isinstance(event, events.Written) or event.json_values is None:
        return None
    first = event.index[0] if event.index else None
    if not isinstance(first, slice) or (first.start, first.stop) != (done, event.shape[0]):
        return None
    values = event.values
    covered = isinstance(values, np.ndarray) and list(values.shape[1:]) == event.shape[1:]
    return values if covered and len(values) == event.shape[0] - done else None


def _begins_anew(event: events.Event, path: str) -> bool:
    """Whether another dataset is at the path now."""
    return isinstance(event, events.Created) and event.path == path


async def _length(client: Client, path: str, event: events.Event, file: str | None) -> int | None:
    """Return the length after an event, None where it tells nothing about it."""
    if isinstance(event, events.Written):
        return event.shape[0]
    if isinstance(event, events.Resized):
        return event.shape[0]
    if isinstance(event, (events.AttributeWritten, events.AttributeDeleted, events.FileClosed)):
        return None
    try:
        described = await client.describe(path, file=file)
    except NotFoundError:
        # Deleted; the next to be made there begins anew.
        return None
    dataset = described.dataset
    return dataset.shape[0] if dataset is not None and dataset.shape else None
