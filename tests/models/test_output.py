from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from flowforge.errors import InvalidInput, NonRetryable
from flowforge.orchestrator.models.output import Output, OutputMismatch


class Risk(BaseModel):
    score: int = Field(ge=0, le=100)
    level: Literal["low", "high"]


class Invoice(BaseModel):
    number: str = Field(alias="invoiceNumber")
    total: Decimal
    due: date | None = None


@dataclass
class Point:
    x: int
    y: int


def sent(wanted: Any) -> dict[str, Any]:
    asked = Output(wanted).response_format()
    assert asked is not None
    return dict(asked["json_schema"])


def round_trip(wanted: Any, text: str) -> Any:
    import json

    output = Output(wanted)
    return output.typed(json.dumps(output.read(text)))


@pytest.mark.parametrize("wanted", [None, str])
def test_plain_text_has_no_format(wanted: Any) -> None:
    assert Output(wanted).response_format() is None
    assert Output(wanted).read("hello") == "hello"


def test_a_model_comes_back_as_the_model() -> None:
    assert round_trip(Risk, '{"score": 7, "level": "low"}') == Risk(score=7, level="low")


def test_a_dataclass_comes_back_as_the_dataclass() -> None:
    assert round_trip(Point, '{"x": 1, "y": 2}') == Point(1, 2)


def test_aliases_and_rich_types_survive_the_store() -> None:
    invoice = round_trip(Invoice, '{"invoiceNumber": "A-1", "total": "12.50", "due": "2026-12-01"}')
    assert (invoice.number, invoice.total, invoice.due) == ("A-1", Decimal("12.50"), date(2026, 12, 1))


def test_a_closed_schema_is_asked_for_strictly() -> None:
    asked = sent(Risk)
    assert (asked["name"], asked["strict"], asked["schema"]["additionalProperties"]) == ("Risk", True, False)


def test_a_schema_with_optional_fields_is_not_strict() -> None:
    assert sent(Invoice)["strict"] is False


def test_what_is_no_object_travels_inside_one() -> None:
    assert sent(list[int])["schema"]["properties"]["value"]["type"] == "array"
    assert round_trip(list[int], '{"value": [1, 2]}') == [1, 2]


def test_a_list_that_comes_without_its_wrapping_is_taken_too() -> None:
    assert round_trip(list[Point], '[{"x": 1, "y": 2}]') == [Point(1, 2)]


def test_definitions_stay_at_the_root_when_wrapped() -> None:
    assert "Point" in sent(list[Point])["schema"]["$defs"]


def test_a_json_schema_yields_plain_data() -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    assert round_trip(schema, '{"ok": true}') == {"ok": True}


def test_a_code_fence_around_the_json_is_forgiven() -> None:
    assert round_trip(Point, '```json\n{"x": 1, "y": 2}\n```') == Point(1, 2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"score": 101, "level": "low"}', "at /score: 101 is greater than the maximum of 100"),
        ('{"score": 1}', "at /: 'level' is a required property"),
        ("I would say seven.", "it is no valid JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"score": NaN, "level": "low"}', "it is no valid JSON: NaN is not JSON"),
        ("[" * 100_000, "it is nested too deeply"),
        ("", "it is empty"),
    ],
)
def test_what_does_not_fit_says_where_and_why(text: str, complaint: str) -> None:
    with pytest.raises(OutputMismatch) as caught:
        Output(Risk).read(text)
    assert str(caught.value) == complaint


def test_pydantic_has_the_last_word() -> None:
    from typing import Annotated

    from pydantic import AfterValidator

    def even(value: int) -> int:
        if value % 2:
            raise ValueError("it must be even")
        return value

    with pytest.raises(OutputMismatch, match="it must be even"):
        Output(Annotated[int, AfterValidator(even)]).read('{"value": 3}')


def test_a_wrong_json_schema_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match="no valid JSON Schema, at /type"):
        Output({"type": "strng"})


def test_a_schema_that_points_elsewhere_is_refused_and_not_fetched() -> None:
    with pytest.raises(InvalidInput, match="nothing is fetched"):
        Output({"type": "object", "properties": {"a": {"$ref": "https://example.com/schema.json"}}})


def test_a_dangling_reference_is_not_retried() -> None:
    with pytest.raises(NonRetryable, match="not in it"):
        Output({"$ref": "#/$defs/Missing"}).read("{}")


def test_a_type_that_has_no_schema_is_refused() -> None:
    class Odd:
        pass

    with pytest.raises(InvalidInput, match="cannot be asked of a model"):
        Output(Odd)
