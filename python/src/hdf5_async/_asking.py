"""What all commands of the client stand on: a connection and the file that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._connection import Connection

__all__ = ["Asking"]


class Asking:
    """Sends requests about a file, by default the one that the address named."""

    def __init__(self, connection: Connection, file: str | None) -> None:
        self._connection = connection
        self._file = file

    async def _ask(
        self, command: str, fields: Mapping[str, Any], file: str | None = None
    ) -> dict[str, Any]:
        answered = await self._connection.call(command, fields, file=file or self._file)
        return answered.body
