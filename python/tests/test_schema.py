"""docs/protocol/schema.json accepts every golden message, and refuses the requests that a server refuses."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from golden import golden

DOCUMENTS = Path(__file__).parent.parent.parent / "docs" / "protocol"

# Refused for what a schema does not say: the grammar of selections and datatypes, ranks, what fits in a batch.
BEYOND = {
    "refused_batch_in_a_batch",
    "refused_datatype",
    "refused_points_of_two_ranks",
    "refused_selection_step",
    "refused_selection_syntax",
}


@cache
def schema() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DOCUMENTS / "schema.json").read_text(encoding="utf-8"))
    return document


def validator(definition: str) -> jsonschema.Draft202012Validator:
    """Checks a message against one of the schema's definitions."""
    whole = schema()
    return jsonschema.Draft202012Validator(
        {"$defs": whole["$defs"], "$ref": f"#/$defs/{definition}"}
    )


def definition(message: dict[str, Any]) -> str | None:
    kind, command = message["kind"], message.get("command")
    if kind == "frame":
        kind = message["carries"]
    return {
        "request": f"request_{command}",
        "reply": f"reply_{command}",
        "error": "error",
        "event": "event",
    }.get(kind)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(("name", "message"), golden())
def test_golden_messages_are_valid(name: str, message: dict[str, Any]) -> None:
    checked = definition(message)
    if checked is not None:
        for form in ("message", "canonical"):
            if message.get(form) is not None:
                validator(checked).validate(message[form])
                jsonschema.Draft202012Validator(schema()).validate(message[form])
    elif message["kind"] == "datatype":
        for form in [message["datatype"], *message["written"]]:
            validator("Datatype").validate(form)
    elif message["kind"] == "refused" and isinstance(message.get("message"), dict):
        assert validator("request").is_valid(message["message"]) == (name in BEYOND)


def test_messages_of_no_kind_are_refused() -> None:
    wrong: list[Any] = [{}, {"status": "done"}, {"command": "fly"}, [], None]
    for message in wrong:
        assert not jsonschema.Draft202012Validator(schema()).is_valid(message), message


def test_references_of_the_asyncapi_document_lead_somewhere() -> None:
    document = json.loads((DOCUMENTS / "asyncapi.json").read_text(encoding="utf-8"))
    references: list[str] = []

    def look(part: Any) -> None:
        if isinstance(part, dict):
            # What stands in an example is no part of the document.
            for key, value in part.items():
                if key == "$ref":
                    references.append(value)
                elif key != "examples":
                    look(value)
        elif isinstance(part, list):
            for item in part:
                look(item)

    look(document)
    for reference in references:
        file, _, path = reference.partition("#")
        assert file in {"", "schema.json"}, reference
        target: Any = document if not file else schema()
        for step in path.strip("/").split("/"):
            target = target[step]
        assert target
    assert len(references) > 100
