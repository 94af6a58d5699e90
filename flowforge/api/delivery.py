"""The body of a webhook's delivery, once its signature is verified: JSON, or a form as Slack and older services send it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flowforge.api.problem import refuse
from flowforge.api.strict_json import parse_strictly

MAX_FIELDS = 1000
FORM = "application/x-www-form-urlencoded"


def parse_delivery(content_type: str, body: bytes) -> Any:
    """The value of a body: of JSON what it says, of a form an object of its fields, of nothing null.

    A field that stands several times is a list. A form that is nothing but `payload=<JSON>` is that JSON. Raises Refusal (400, 415, 422).
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if not body:
        return None
    if media_type == FORM:
        return _form(body)
    if media_type in ("", "application/json", "text/plain", "text/json") or media_type.endswith("+json"):
        return parse_strictly(body)
    raise refuse("media-type", f"a delivery is JSON or a form, not {media_type[:80]}", parameter="Content-Type")


def _form(body: bytes) -> Any:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise refuse("malformed", f"the body is not a form of at most {MAX_FIELDS} fields in UTF-8", pointer="") from None
    if len(pairs) == 1 and pairs[0][0] == "payload":
        return parse_strictly(pairs[0][1].encode())
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise refuse("invalid", "a field of the form holds a NUL character", pointer="")
        known = fields.get(name)
        fields[name] = value if known is None else [*known, value] if isinstance(known, list) else [known, value]
    return fields
