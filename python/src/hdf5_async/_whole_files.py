"""The commands about whole files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _file_transfer, _requests
from ._asking import Asking
from ._files import FileCreation, FileDetails
from ._messages import FileInfo
from ._progress import AnyProgress, progress_of
from .exceptions import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._file_transfer import Source, Target

__all__ = ["WholeFiles"]


class WholeFiles(Asking):
    """Files that are listed, made, sent, fetched, let go of and removed."""

    async def files(self) -> list[FileInfo]:
        """Return the files that are served, in order of name."""
        body = await self._ask("files", _requests.files())
        return [FileInfo.from_wire(info) for info in body["files"]]

    async def watch_files(self) -> AsyncIterator[list[FileInfo]]:
        """Yield the files that are served: now, and again whenever files appear or vanish.

        ``async for files in client.watch_files()`` goes on over lost connections.
        """
        with self._connection.file_news() as news:
            while True:
                news.clear()
                body = await self._ask("files", _requests.files(watch=True))
                yield [FileInfo.from_wire(info) for info in body["files"]]
                await news.wait()

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

    async def upload(
        self,
        source: Source,
        file: str | None = None,
        *,
        replace: bool = False,
        progress: AnyProgress = None,
    ) -> FileInfo:
        """Send a whole file, which is served under its name once all of it is on the server's disk.

        Args:
            source: a path, or a binary file object that is read from where it stands to its end.
            file: the name that it gets; without one that of the source.
            replace: whether a file of that name is replaced, by a server that removes files.
            progress: called with the bytes that are sent and all there are; True shows a bar where tqdm is installed.

        Raises:
            AlreadyExistsError: where it is there and is not to be replaced.
            ReadOnlyError: where the server takes no files, or replaces none.
            TooLargeError: where it has more bytes than the server takes.
            FileUnreadableError: where it is not HDF5.
            ConnectionLost: where the connection broke off; with ``outcome`` ``"not_applied"`` the server has nothing.

        """
        name = file or _file_transfer.name_of(source)
        return await _file_transfer.upload(
            self._connection.address,
            self._connection.timeout,
            source,
            name,
            replace=replace,
            progress=progress_of(progress, name),
        )

    async def download(
        self,
        target: Target,
        file: str | None = None,
        *,
        replace: bool = False,
        resume: bool = True,
        progress: AnyProgress = None,
    ) -> int:
        """Fetch a whole file as it is at one moment, with all that was acknowledged before; return its bytes.

        Args:
            target: a path, the path of a folder, or a binary file object that is written where it stands.
            file: the file, as everywhere.
            replace: whether a file at the path is replaced.
            resume: whether what has come stays when the download breaks off (``NAME.part``), and the next one goes
                on with it. If the file was changed meanwhile, all of it comes.
            progress: called with the bytes that have come and all there are; True shows a bar where tqdm is installed.

        Raises:
            FileExistsError: where there is a file at the path that is not to be replaced.
            ServedFileNotFoundError: where the server has no such file.
            ConnectionLost: where the connection broke off.

        """
        name = file or self._file or await self._only_file()
        return await _file_transfer.download(
            self._connection.address,
            self._connection.timeout,
            name,
            target,
            replace=replace,
            resume=resume,
            progress=progress_of(progress, name),
        )

    async def _only_file(self) -> str:
        names = [info.name for info in await self.files()]
        if len(names) != 1:
            raise InvalidRequestError(
                f"the server serves {len(names)} files; say which one is meant",
                code="invalid_request",
            )
        return names[0]
