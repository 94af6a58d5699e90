"""The clients know the whole API: every operation has a method, every field a type, and both are those of the document of now."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from types import UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from flowforge.api.client import models
from flowforge.api.client.answer import Answer
from flowforge.api.client.noun import call, listing
from flowforge.api.client_source.answers import listed, whole
from flowforge.api.client_source.calls import class_of
from flowforge.api.client_source.document import openapi_document, operations
from flowforge.api.client_source.files import HOME, client_files
from flowforge.api.client_source.names import BY_HAND, CALLS, HIDDEN, NOT_CALLED
from flowforge.api.client_source.types import class_name
from flowforge.errors import RegistrationError

SHOWN_ONCE = re.compile("secret|token|password|recovery|link$")
NOT_SECRET = {
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_written_tokens",
    "reasoning_tokens",
    "tokens_per_minute",
    "secret_env",  # a variable's name
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def test_every_operation_has_a_method_or_a_reason(document):
    ids = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
    assert ids == CALLS.keys() | BY_HAND.keys() | NOT_CALLED.keys(), "give it a line in flowforge/api/client_source/names.py"
    assert not CALLS.keys() & BY_HAND.keys() and not (CALLS.keys() | BY_HAND.keys()) & NOT_CALLED.keys()


def test_every_place_in_the_table_is_a_method_of_its_own():
    places = [place for named in (*CALLS.values(), *BY_HAND.values()) for place in named.split()]
    assert len(set(places)) == len(places)
    for place in places:
        noun, _, verb = place.partition(".")
        found = getattr(import_module(f"flowforge.api.client.nouns.{noun}"), class_of(noun)).__dict__.get(verb)
        assert isinstance(found, call | listing) or place in BY_HAND.values(), place


def test_the_files_are_what_the_document_makes_of_them(document):
    written = client_files(document)
    there = {str(file.relative_to(HOME)) for file in HOME.glob("nouns/*.py")} - {"nouns/__init__.py"}
    assert there == {name for name in written if name.startswith("nouns/")}
    for name, text in written.items():
        assert shape(text) == shape((HOME / name).read_text()), f"{name}: run  python -m flowforge.api.client_source"


def shape(text: str) -> str:
    """A file without its layout, and without its imports: one that is missing or too much is the linter's to find."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if not isinstance(node, ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = " ".join(node.value.split())
    return ast.dump(tree)


def test_an_operation_that_has_no_line_stops_the_writing(document):
    said = {**document["paths"]["/v1/queue"]["get"], "operationId": "show_nothing"}
    with pytest.raises(RegistrationError, match="no method for the operation show_nothing"):
        client_files({**document, "paths": {**document["paths"], "/v1/nothing": {"get": said}}})


def test_every_example_of_an_answer_is_read_with_the_types_that_are_promised(document):
    read = 0
    for operation in operations(document):
        for kind, example in examples(document, operation.answer(), operation.said):
            answer = kind.read(example)
            for name, hint in get_type_hints(kind).items():
                if get_origin(hint) is not ClassVar and hint is not ClassVar:
                    field = kind.JSON_NAMES.get(name, name)
                    assert field not in example or fits(getattr(answer, name), hint), (operation.id, name, hint, getattr(answer, name))
            assert {field: answer.as_dict()[field] for field in example}.keys() == example.keys(), operation.id
            read += 1
    assert read > 150


def examples(document: dict[str, Any], answer: Any, said: dict[str, Any]) -> list[tuple[type[Answer], dict[str, Any]]]:
    """The examples of what an operation answers, each with its model; those of a list item by item."""
    if answer is None or answer[0] != "application/json":
        return []
    schemas = document["components"]["schemas"]
    media = next(one["content"]["application/json"] for status, one in said["responses"].items() if status[0] == "2")
    body = whole(answer[1], schemas)
    found = [media["example"]] if "example" in media else list(body.get("examples", []))
    found += [one["value"] for one in media.get("examples", {}).values()] if "examples" in media else []
    item = listed(answer[1], schemas)
    if item is not None:
        return [(model(item), one) for example in found for one in example["data"]] if "$ref" in item else []
    return [(model(answer[1]), example) for example in found] if "$ref" in answer[1] else []


def model(schema: dict[str, Any]) -> type[Answer]:
    found: type[Answer] = getattr(models, class_name(schema["$ref"].rpartition("/")[2]))
    return found


def fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in arguments)
    if origin is Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(fits(one, arguments[0]) for one in value)
    if origin is dict:
        return isinstance(value, Mapping) and all(fits(one, arguments[1]) for one in value.values())
    if hint is float:
        return isinstance(value, int | float)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def test_what_is_shown_once_is_in_no_repr(document):
    for schema, said in document["components"]["schemas"].items():
        for field in said.get("properties", {}):
            kind = getattr(models, class_name(schema), None)
            if kind is None or not isinstance(kind, type) or field not in get_type_hints(kind) or not SHOWN_ONCE.search(field):
                continue
            assert field in NOT_SECRET or field in HIDDEN, f"{schema}.{field}: is it shown once?"
    assert "ffk_live_canary" not in repr(models.Issued.read({"name": "ci", "value": "ffk_live_canary"}))
    assert "canary" not in repr(models.NewEndpoint.read({"secret": "whsec_canary"}))


def test_an_answer_is_read_once_and_stays_as_it_is():
    run = models.Run.read({"id": "run_1", "cost": "0.0421", "created_at": "2026-11-22T10:42:07Z", "progress": None, "of_the_future": 1})
    assert (run.cost, run.created_at.year, run.output, hasattr(run, "of_the_future")) == (Decimal("0.0421"), 2026, None, False)
    assert run == models.Run.read({"id": "run_1", "cost": "0.0421", "created_at": "2026-11-22T10:42:07Z"}) != models.Run.read({})
    assert (run.as_dict()["cost"], datetime.fromisoformat(run.as_dict()["created_at"])) == ("0.0421", run.created_at)
    with pytest.raises(AttributeError, match="cannot be changed"):
        run.id = "run_2"
