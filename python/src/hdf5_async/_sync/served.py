"""One served file as a File object has it open: its requests, and what is known of its objects.

What ``describe`` and ``list`` answered is kept until an event says that it changed; changes of this file object
drop it at once, so that a script always sees what it did itself.
"""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any

from .. import events
from ..exceptions import ConnectionLost, FileError, LimitError, RequestError
from . import paths
from .background import run, start_task
from .clients import client_of
from .file_options import creation_of
from .identifiers import OPEN
from .unnamed import HOME, remove_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._address import Address
    from .._files import FileCreation
    from .._protocol import Answered, Sink
    from .._subscription import Subscription
    from .file_object import FileObject

__all__ = ["ServedFile"]

logger = logging.getLogger("hdf5_async")

DESCRIBED_AT_ONCE = 64
"""Objects in one request."""
MAX_KEPT_OBJECTS = 100_000
"""Descriptions and listings kept of one file; beyond it all are dropped and asked for again."""


class ServedFile:
    """The file that the objects of one File object belong to."""

    def __init__(self, address: Address, name: str, filename: str) -> None:
        self.address = address
        self.name = name
        self.filename = filename
        self.writable = True
        self.is_open = True
        self.options: dict[str, Any] = {}
        """What the caller of File asked for that has no meaning for the server."""
        self.client = client_of(address)
        self._described: dict[str, dict[str, Any]] = {}
        self._listed: dict[str, list[dict[str, Any]]] = {}
        self._generation = 0
        """Counts what made it uncertain what is kept."""
        self._keeps = False
        self._stop: Callable[[], None] | None = None
        self._subscription: Subscription | None = None
        self.unnamed: set[str] = set()
        """Paths of objects that this file object made and that were not linked yet."""
        self.file_object: FileObject | None = None
        """What the file stands for, where that is a file object of this process."""
        self.is_temporary = False
        """Removed when it is closed: what h5py's driver ``core`` without a backing store makes."""

    def supports(self, command: str) -> bool:
        """Whether the server knows a command."""
        return command in self.client.server.commands

    def check_open(self) -> None:
        """Refuse to work on a closed file as h5py does."""
        if not self.is_open:
            raise ValueError("Not a location (the file is closed)")

    def check_writable(self) -> None:
        """Refuse changes through a file that was opened for reading."""
        self.check_open()
        if not self.writable:
            raise ValueError("Unable to change an object (no write intent on file)")

    def call(
        self,
        command: str,
        fields: dict[str, Any] | None = None,
        payload: bytes | memoryview | None = None,
        sink: Sink | None = None,
    ) -> Answered:
        """Send a request about this file; fields that are None are left out, but for ``data``."""
        self.check_open()
        present = {
            key: value
            for key, value in (fields or {}).items()
            if value is not None or key == "data"
        }
        return run(
            self.client._connection.call(
                command, present, file=self.name, payload=payload, sink=sink
            )
        )

    def change(
        self,
        command: str,
        fields: dict[str, Any],
        payload: bytes | memoryview | None = None,
        *,
        forget: bool = True,
    ) -> Answered:
        """Send a request that changes the file, and drop what is no longer certain."""
        self.check_writable()
        try:
            return self.call(command, fields, payload)
        finally:
            if forget:
                self.forget()

    def describe(self, path: str) -> dict[str, Any]:
        """Return everything about one object, as the protocol has it.

        Raises:
            NotFoundError: where there is none.

        """
        kept = self._described.get(path)
        if kept is not None:
            self.check_open()
            return kept
        generation = self._generation
        body = self.call("describe", {"path": path}).body
        described: dict[str, Any] = body["object"]
        if "file" in body:
            # Another file's, through an external link: its changes are not heard here.
            return {**described, "file": body["file"]}
        self.keep(path, described, generation)
        return described

    def describe_all(self, wanted: list[str]) -> None:
        """Ask for many objects at once, to be kept; without events, by which they would be dropped, for none."""
        missing = [path for path in wanted if path not in self._described]
        if self._keeps and len(missing) > 1:
            run(self._describe_all(missing))

    async def _describe_all(self, missing: list[str]) -> None:
        generation = self._generation
        parts = [
            missing[first : first + DESCRIBED_AT_ONCE]
            for first in range(0, len(missing), DESCRIBED_AT_ONCE)
        ]
        answers = await self.client._connection.call_many(
            "describe_many", ({"paths": part} for part in parts), file=self.name
        )
        for part, answer in zip(parts, answers):
            # What is not known now is asked for one by one, and its error is raised there; what is another file's is
            # not kept, as its changes are not heard here.
            if not isinstance(answer, RequestError):
                for path, result in zip(part, answer.body["results"]):
                    if result["status"] == "success" and "file" not in result:
                        self.keep(path, result["object"], generation)

    def keep(self, path: str, described: dict[str, Any], generation: int) -> None:
        """Remember what an object is until something changes, unless something has since it was asked for."""
        if self._keeps and generation == self._generation:
            if len(self._described) >= MAX_KEPT_OBJECTS:
                self.forget()
            self._described[path] = described

    def children(self, path: str) -> list[dict[str, Any]]:
        """Return the links of a group, in the order of creation where it tracks it, otherwise of name."""
        kept = self._listed.get(path)
        if kept is not None:
            self.check_open()
            return kept
        generation = self._generation
        children: list[dict[str, Any]] = []
        while True:
            page = {"path": path, "offset": len(children), "order": "creation"}
            body = self.call("list", page).body
            children += body["children"]
            if not body["children"] or len(children) >= body["total"]:
                break
        if self.unnamed and path == "/":
            children = [child for child in children if child["name"] != HOME[1:]]
        if self._keeps and generation == self._generation:
            if len(self._listed) >= MAX_KEPT_OBJECTS:
                self.forget()
            self._listed[path] = children
        return children

    def forget(self) -> None:
        """Drop what is kept: hard links give an object many names, so a change concerns all."""
        self._generation += 1
        self._described.clear()
        self._listed.clear()

    def watch(self) -> None:
        """Have what is kept dropped when somebody else changes the file."""
        subscription = self.client.subscribe("/", file=self.name)
        try:
            run(subscription.__aenter__())
        except LimitError:
            # More files than subscriptions: without events nothing is kept.
            return
        self._keeps = True
        self._subscription = subscription
        # A weak reference: listening alone keeps no file open.
        self._stop = start_task(_listen(weakref.ref(self), subscription))

    def _heard(self, event: events.Event) -> None:
        if isinstance(event, events.Written) and event.old_shape is None:
            return
        self.forget()
        if isinstance(event, events.Moved):
            self.follow(event.path, event.to)

    def follow(self, source: str, target: str) -> None:
        """Give the objects at or below a moved link their new path."""
        for identifier in list(OPEN.values()):
            if identifier.path is not None and identifier.file is self:
                identifier.path = paths.moved(identifier.path, source, target)

    @property
    def url(self) -> str:
        """The address of the file, without the token."""
        server = self.address.endpoint.rpartition("/")[0]
        return f"{server}/{self.name}"

    def create(self, *, replace: bool) -> None:
        """Make the file, empty.

        Raises:
            AlreadyExistsError: where it is there and is not to be replaced.

        """
        run(self.client.create_file(self.name, replace=replace, creation=creation_of(self.options)))

    def creation(self) -> FileCreation:
        """Return the properties that the file was made with."""
        self.check_open()
        return run(self.client.file_info(self.name)).creation

    def remove(self) -> None:
        """Remove the file from the server's disk."""
        run(self.client.delete_file(self.name))

    def is_read_only(self) -> bool:
        """Whether the server lets nobody change the file."""
        if self.client.server.read_only:
            return True
        served = run(self.client.files())
        return any(info.read_only for info in served if info.name == self.name)

    def led_to(self, name: str, **elink: Any) -> ServedFile:
        """Open the file that an external link leads to: as this one is open, or as ``elink`` says.

        Raises:
            FileError: where it cannot be opened.

        """
        wanted = elink.get("elink_mode")
        if wanted not in (None, "r", "r+"):
            raise ValueError(f"Invalid mode {wanted!r} for an external link; must be r or r+")
        if wanted == "r+" and not self.writable:
            raise ValueError("external links cannot be opened for writing from a read-only file")
        if (
            self.writable
            and self.options.get("swmr")
            and (wanted == "r" or elink.get("elink_swmr") is False)
        ):
            raise ValueError(
                "the access mode cannot change from a file that is written in SWMR mode"
            )
        other = ServedFile(self.address, name, name)
        other.describe("/")
        other.writable = self.writable if wanted is None else wanted == "r+"
        other.options = {
            name: elink.get(f"elink_{name}", self.options.get(name)) for name in ("swmr", "locking")
        }
        other.watch()
        return other

    def close(self) -> None:
        """End the interest in the file; its objects are of no use any more.

        Where nobody else uses it the server lets go of it, so that other programs may open it.
        """
        if not self.is_open:
            return
        if self.unnamed:
            remove_all(self)
        # What fails here leaves the file open, so that nothing is lost.
        self.bring_back()
        self.is_open = False
        self.forget()
        try:
            if self._subscription is not None:
                run(self._subscription.__aexit__(None, None, None))
            if self.is_temporary or self.file_object is not None:
                self.remove()
            elif self.supports("close_file"):
                run(self.client.close_file(self.name))
        except (ConnectionLost, FileError) as error:
            logger.debug("%s was closed after the server was gone: %s", self.filename, error)
        self.file_object = None

    def bring_back(self) -> None:
        """Give a file object what it stands for, where anything of it may have changed."""
        if self.file_object is not None and self.writable:
            self.file_object.bring_back(self)

    def __del__(self) -> None:
        if getattr(self, "is_open", False) and self.file_object is not None:
            self.file_object.give_up(self)
        if getattr(self, "_stop", None) is not None and self._stop is not None:
            self._stop()


async def _listen(file: weakref.ref[ServedFile], subscription: Subscription) -> None:
    try:
        async for event in subscription:
            present = file()
            if present is None:
                return
            present._heard(event)
            del present
    except RequestError:
        pass
    finally:
        present = file()
        if present is not None:
            present._keeps = False
            present.forget()
        await subscription.__aexit__(None, None, None)
