"""Downloads on their way to their place: what is beside it at every moment at which a process may end."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hdf5_async._arriving import Arriving

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = b"the old content", b"the new"


class EndedError(Exception):
    """The process ends here: nothing after it is done."""


def ends_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process end in place of a step that changes what is on disk."""
    steps = itertools.count()

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **options: Any) -> Any:
            if next(steps) == step:
                raise EndedError
            return method(*arguments, **options)

        return change

    for name in ("open", "write_text", "unlink"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))


@pytest.mark.parametrize("step", range(3))
def test_no_tag_ever_stands_beside_the_content_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    path = tmp_path / "run.h5"
    first = Arriving(path, keep=True)
    first.begin(0, "old")
    first.write(OLD)
    first.close()
    assert Arriving(path, keep=True).wanted() == (len(OLD) - 1, "old")
    with monkeypatch.context() as patched:
        ends_at(step, patched)
        ended = Arriving(path, keep=True)
        with pytest.raises(EndedError):
            ended.begin(0, "new")
        if ended._file is not None:
            ended._file.close()
    wanted = Arriving(path, keep=True).wanted()
    assert wanted is None or wanted == (len(OLD) - 1, "old")
    if wanted is not None:
        assert (tmp_path / "run.h5.part").read_bytes() == OLD


def test_what_comes_anew_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    for tag, content in (("old", OLD), ("new", NEW)):
        arriving = Arriving(path, keep=True)
        arriving.begin(0, tag)
        arriving.write(content)
        arriving.close()
    rest = Arriving(path, keep=True)
    assert rest.wanted() == (len(NEW) - 1, "new")
    rest.begin(len(NEW) - 1, "new")
    rest.write(NEW[-1:] + b" and all of it")
    rest.complete()
    rest.close()
    assert path.read_bytes() == NEW + b" and all of it"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("tag", "keep"), [(None, True), ("new", False)])
def test_what_cannot_be_gone_on_with_has_no_tag(
    tmp_path: Path, tag: str | None, keep: bool
) -> None:
    path = tmp_path / "run.h5"
    old = Arriving(path, keep=True)
    old.begin(0, "old")
    old.write(OLD)
    old.close()
    arriving = Arriving(path, keep=keep)
    arriving.begin(0, tag)
    assert not (tmp_path / "run.h5.part.tag").exists()
    arriving.write(NEW)
    arriving.close()
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_began_stays_as_it_was(tmp_path: Path) -> None:
    part = tmp_path / "run.h5.part"
    part.write_bytes(OLD)
    for keep in (True, False):
        Arriving(tmp_path / "run.h5", keep=keep).close()
        assert part.read_bytes() == OLD
