"""A prompt with places for a case's input: `How risky is {{order.total}}?`"""

from __future__ import annotations

import json
import re
from typing import Any

from flowforge.errors import NotFound
from flowforge.orchestrator.match import value_at

_PLACE = re.compile(r"\{\{\s*([^{}\s][^{}]*?)\s*\}\}")
WHOLE = "input"


def fill(template: str, values: Any) -> str:
    """The template with each place filled: text as it is, everything else as JSON; `{{input}}` is the whole input.

    Raises NotFound, with the nearest fields, for one that the input lacks.

    >>> fill("How risky is {{order}} of {{name}}?", {"order": {"total": 12}, "name": "Ada"})
    'How risky is {"total": 12} of Ada?'
    """

    def value(place: re.Match[str]) -> str:
        path = place[1]
        there, found = value_at(values, path)
        if not there:
            if path != WHOLE:
                raise NotFound("field", path, values if isinstance(values, dict) else ())
            found = values
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return _PLACE.sub(value, template)
