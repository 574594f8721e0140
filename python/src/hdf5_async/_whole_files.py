"""The commands about whole files."""

from __future__ import annotations

from . import _requests
from ._asking import Asking
from ._files import FileCreation, FileDetails
from ._messages import FileInfo

__all__ = ["WholeFiles"]


class WholeFiles(Asking):
    """Files that are listed, made, let go of and removed."""

    async def files(self) -> list[FileInfo]:
        """Return the files that are served, in order of name."""
        body = await self._ask("files", _requests.files())
        return [FileInfo.from_wire(info) for info in body["files"]]

    async def create_file(
        self, file: str, *, replace: bool = False, creation: FileCreation | None = None
    ) -> None:
        """Make an empty file; with ``replace`` one that is there is emptied, and stays open for those who have it.

        Raises:
            AlreadyExistsError: where it is there and is not to be replaced.
            ServedFileNotFoundError: where its folder is not served.

        """
        properties = None if creation is None else creation.to_wire() or None
        await self._ask("create_file", _requests.create_file(replace or None, properties), file)

    async def file_info(self, file: str | None = None) -> FileDetails:
        """Return the size of a file and what it was made with."""
        return FileDetails.from_wire(await self._ask("file_info", _requests.file_info(), file))

    async def close_file(self, file: str | None = None) -> bool:
        """Let go of a file, so that other programs may open it; False where somebody watches it."""
        return bool((await self._ask("close_file", _requests.close_file(), file))["closed"])

    async def delete_file(self, file: str) -> None:
        """Remove a file from disk, whoever has it open.

        Raises:
            ReadOnlyError: where the server removes no files.

        """
        await self._ask("delete_file", _requests.delete_file(), file)
