"""Which server, and which of its files, a name means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .._address import Address
from ..exceptions import InvalidRequestError
from .background import run
from .clients import client_of

__all__ = ["FOLDER_VARIABLE", "URL_VARIABLE", "locate", "served_name"]

URL_VARIABLE = "HDF5_ASYNC_URL"
"""The address of the server that plain names are looked up on."""
FOLDER_VARIABLE = "HDF5_ASYNC_FOLDER"
"""The folder that this server serves, as this machine sees it: paths below it are names of its files."""


def locate(name: Any, token: str | None = None) -> tuple[Address, str, str]:
    """Return the server, the file's name there, and the name to show.

    Raises:
        InvalidRequestError: where no server is named anywhere.

    """
    text = os.fsdecode(name)
    if "://" in text:
        address = Address.parse(text, token)
        return address, address.file or _only_file(address), text.partition("#")[0]
    url = os.environ.get(URL_VARIABLE)
    if not url:
        raise InvalidRequestError(
            f"{text!r} is no address; write ws://host:port/{text} or set {URL_VARIABLE}",
            code="invalid_request",
        )
    return Address.parse(url, token), served_name(text), text


def _only_file(address: Address) -> str:
    """Return the name of the file of a server that serves only one."""
    names = [info.name for info in run(client_of(address).files())]
    if len(names) != 1:
        raise InvalidRequestError(
            f"the server serves {len(names)} files; put the name of one behind the port, "
            f"as in ws://host:port/{names[0] if names else 'run_1.h5'}",
            code="invalid_request",
        )
    return names[0]


def served_name(text: str) -> str:
    """Return the name that the server gives a file of this machine.

    Raises:
        FileNotFoundError: where it is not below the folder that the server serves.

    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and Path(text).is_absolute():
        try:
            return Path(text).resolve().relative_to(Path(folder).resolve()).as_posix()
        except ValueError:
            raise FileNotFoundError(
                f"{text!r} is not below {folder!r}, which the server serves"
            ) from None
    return text.lstrip("/") if not folder else text
