"""What is found and what is not: a value anywhere, or at a path."""

from __future__ import annotations

import json

import pytest

from flowforge.errors import InvalidInput
from flowforge.privacy.match import Match, erased, read_matches

MAIL = Match("mira@example.org")


@pytest.mark.parametrize(
    "text",
    [
        "mira@example.org",
        "Write to MIRA@Example.org.",
        "Mira <mira@example.org>, please",
        '{"to": "mira\\u0040example.org"}',
        '{"to": "mira@example\\u002eorg"}',
        json.dumps({"body": json.dumps({"to": json.dumps("\nmira@example.org\n")})}),
        '{"url": "https:\\/\\/shop\\/?who=mira%40example.org&x=1"}',
        "\nmira@example.org",
    ],
)
def test_a_value_is_found_however_it_is_written(text):
    assert MAIL.is_in(text)


@pytest.mark.parametrize(
    "text",
    ["", "mira@example.org.uk", "x.mira@example.org", "amira@example.org", "mira@example.organic", "mira @example.org", "mira@example"],
)
def test_another_persons_value_is_not_taken_for_it(text):
    assert not MAIL.is_in(text)


def test_letters_of_every_script_are_found_in_either_form():
    assert Match("Zoë Ångström").is_in(json.dumps("ZOE\u0308 A\u030angstro\u0308m"))
    assert Match("😀 mira").is_in('"\\ud83d\\ude00 Mira"')


@pytest.mark.parametrize(
    ("written", "document", "found"),
    [
        ("data.id=42", {"id": 42}, True),
        ("data.id=42", {"id": "42"}, True),
        ("data.id=42", {"id": 420}, False),
        ("data.id=42", {"other": 42}, False),
        ("data.who.id=a=b", {"who": {"id": "A=B"}}, True),
        ("data.items.id=7", {"items": [{"id": 6}, {"id": 7}]}, True),
        ("data.ok=true", {"ok": True}, True),
        ("output.id=42", {"id": 42}, False),
    ],
)
def test_a_path_leads_to_one_value(written, document, found):
    (match,) = read_matches([written])
    assert match.holds_for("data", document) is found


def test_only_what_holds_the_value_is_replaced_and_every_other_byte_stays():
    text = '{ "a":1.10, "to":"mira\\u0040example.org","n":[1e2,"x"], "mira@example.org": 7 }'
    assert erased(text, [MAIL]) == '{ "a":1.10, "to":"[erased]","n":[1e2,"x"], "[erased]": 7 }'
    assert erased('{"phone": 4712345678, "other": 47123456789}', [Match("4712345678")]) == '{"phone": "[erased]", "other": 47123456789}'
    assert erased("said mira@example.org", [MAIL]) == "[erased]"


@pytest.mark.parametrize(
    ("value", "path"), [("ab", None), ("  a  ", None), ("x" * 501, None), ("42", "id"), ("42", "data"), ("42", "steps.a")]
)
def test_what_cannot_tell_people_apart_is_refused(value, path):
    with pytest.raises(InvalidInput):
        Match(value, path)
