"""The golden messages of ``shared/wire``, which the Rust tests read, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WIRE = Path(__file__).resolve().parents[2] / "shared" / "wire"


def golden(*kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the names and contents of all golden files, or of those of some kinds."""
    found = []
    for path in sorted(WIRE.iterdir()):
        content = json.loads(path.read_text(encoding="utf-8"))
        if not kinds or content["kind"] in kinds:
            found.append((path.stem, content))
    assert found, f"no golden messages of kind {kinds} in {WIRE}"
    return found
