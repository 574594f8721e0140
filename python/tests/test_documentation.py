"""The pages of the protocol show golden messages and nothing else, and leave out no command, event or error."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from golden import WIRE, golden

from hdf5_async import _messages, _requests, events, exceptions

DOCS = WIRE.parents[1] / "docs"
PAGES = [DOCS / "protocol.md", *sorted((DOCS / "protocol").glob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
# What stands before a block, its language, and its content.
BLOCKS = re.findall(r"([^\n]*)\n```(\w*)\n(.*?)\n```\n", TEXT, re.DOTALL)


def shown(before: str) -> str:
    """Return the name of the golden message that the comment before a block names."""
    named = re.fullmatch(r"<!-- shared/wire/(\w+)\.json -->", before)
    assert named, f"a block stands behind {before!r} instead of the name of its golden message"
    return named[1]


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block[1] == "json"], ids=lambda block: block[0][17:-9]
)
def test_every_json_block_is_its_golden_message(block: tuple[str, str, str]) -> None:
    before, _, content = block
    expected = dict(golden_by_name())[shown(before)]
    whole = expected["datatype"] if expected["kind"] == "datatype" else expected["message"]
    assert json.loads(content) == whole


def golden_by_name() -> list[tuple[str, dict[str, object]]]:
    return golden()


def test_every_hexdump_is_its_golden_frame() -> None:
    dumps = [block for block in BLOCKS if block[1] == "text" and block[0]]
    assert len(dumps) == 3
    for before, _, content in dumps:
        octets = [line[10:57].split() for line in content.splitlines()]
        frame = dict(golden("frame"))[shown(before)]["frame"]
        assert [" ".join(line) for line in octets] == frame


def test_the_hexdump_of_the_tcp_port_is_a_request_behind_its_length() -> None:
    (content,) = [
        content for before, language, content in BLOCKS if language == "text" and not before
    ]
    octets = bytes.fromhex("".join(line[10:57] for line in content.splitlines()))
    assert int.from_bytes(octets[:4], "big") == len(octets) - 4
    assert json.loads(octets[4:]) == {"command": "ping"}


def test_nothing_is_left_out() -> None:
    headings = re.findall(r"^## `(\w+)`$", TEXT, re.MULTILINE)
    assert headings == list(_requests.BUILDERS)
    codes = re.findall(
        r"^\| `(\w+)` \|",
        TEXT.partition("| code | meaning |")[2].partition("\n\n")[0],
        re.MULTILINE,
    )
    assert codes == list(exceptions.ERROR_CLASSES)
    examples = [shown(before) for before, language, _ in BLOCKS if language == "json"]
    for command in _requests.BUILDERS:
        assert any(name.startswith(f"request_{command}") for name in examples), command
    for event in events.EVENT_CLASSES:
        assert any(name.startswith(f"event_{event}") for name in examples), event
    for limit in dataclasses.fields(_messages.Limits):
        assert f"| `{limit.name}` |" in TEXT


def test_the_table_of_selections_is_right() -> None:
    selections = {
        (content["selection"], json.dumps(content["dims"]), json.dumps(content["shape"]))
        for _, content in golden("selection")
    }
    rows = re.findall(r"^\| `([^`]+)` \| `(\[.*?\])` \| `(\[.*?\])` \|$", TEXT, re.MULTILINE)
    assert len(rows) > 5
    assert set(rows) <= selections


def test_a_sentence_has_its_line() -> None:
    outside = re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    for line in outside.splitlines():
        if not line.startswith(("|", "-", "#")):
            assert not re.search(r"[a-z`)]\. [A-Z]", line), line


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)]+)\)", text):
            name, _, heading = target.partition("#")
            there = (page.parent / name) if name else page
            assert there.is_file(), f"{page.name}: {target}"
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = [title.lower().replace("`", "").replace(" ", "-") for title in headings]
            assert not heading or heading in anchors, f"{page.name}: {target}"
