"""Where a server is: every form of address that people paste, taken apart once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from .exceptions import InvalidRequestError

__all__ = ["TOKEN_VARIABLE", "Address"]

TOKEN_VARIABLE = "HDF5_ASYNC_TOKEN"

_WEBSOCKET_SCHEMES = {"ws": "ws", "http": "ws", "wss": "wss", "https": "wss"}
_ENDPOINT = "/ws"


@dataclass(frozen=True)
class Address:
    """A server's WebSocket endpoint, the token to enter with, and the file that is meant by default."""

    endpoint: str
    token: str | None = field(default=None, repr=False)
    file: str | None = None

    @classmethod
    def parse(cls, url: str, token: str | None = None) -> Address:
        """Take an address apart: ``ws://host:port``, ``http://host:port/#token=...``, ``ws://host:port/file.h5``.

        The token is the argument, else the address's fragment, else the variable ``HDF5_ASYNC_TOKEN``.

        Raises:
            InvalidRequestError: where it is no address of a server.

        """
        parts = urlsplit(url if "://" in url else f"ws://{url}")
        scheme = _WEBSOCKET_SCHEMES.get(parts.scheme)
        if scheme is None or not parts.hostname:
            raise InvalidRequestError(
                f"{url.partition('#')[0]!r} is not the address of a server; "
                "it looks like ws://host:port, or as the server printed it",
                code="invalid_request",
            )
        in_fragment = parse_qs(parts.fragment).get("token", [None])[0]
        path = unquote(parts.path)
        return cls(
            endpoint=f"{scheme}://{parts.netloc.rpartition('@')[2]}{_ENDPOINT}",
            token=token or in_fragment or os.environ.get(TOKEN_VARIABLE) or None,
            file=None if path in ("", "/", _ENDPOINT) else path.lstrip("/"),
        )
