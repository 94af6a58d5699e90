"""The body of a request that brings a skill: an archive as it is, or its files in JSON."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from flowforge.api.body import ARCHIVES
from flowforge.api.problem import pointer, refuse
from flowforge.api.values import Body
from flowforge.errors import InvalidInput, RegistrationError
from flowforge.skills.skill import Skill, skill_of
from flowforge.skills.tree import unpack

EXAMPLE: JsonDict = {
    "files": {
        "SKILL.md": "---\nname: refunds\ndescription: How we pay customers back.\n---\nLook the order up first.\n",
        "references/limits.md": "Up to 300 dollars without asking.\n",
    }
}
TEXTS_MAX = 400


class SkillIn(Body):
    """The files of a skill by their paths: texts, and what is no text in base64. SKILL.md is one of them."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    files: Annotated[dict[str, str], Field(max_length=TEXTS_MAX, description="Texts, by path.")]
    base64_files: Annotated[dict[str, str], Field(max_length=TEXTS_MAX, default_factory=dict, description="Bytes in base64, by path.")]


# What FastAPI does not read by itself, for the document.
REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": SkillIn.model_json_schema(), "example": EXAMPLE},
        **{
            kind: {
                "schema": {"type": "string", "format": "binary", "description": "The skill's folder, or its files."},
                "example": "(bytes)",
            }
            for kind in ("application/zip", "application/gzip")
        },
    },
}


async def read_skill_body(request: Request, subfolder: str | None) -> tuple[Skill, str]:
    """The skill in a request's body, and whether it came as `archive` or as `files`. Raises InvalidInput with a pointer."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ARCHIVES:
        return await asyncio.to_thread(unpack, body, subfolder), "archive"
    if not body:
        raise refuse("invalid", "the body is missing", pointer="")
    try:
        given = SkillIn.model_validate_json(body)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(found, body=json.loads(body)) from None
    return await asyncio.to_thread(_skill, given), "files"


def _skill(given: SkillIn) -> Skill:
    files = {path: text.encode() for path, text in given.files.items()}
    for path, text in given.base64_files.items():
        where = f"/base64_files{pointer([path])}"
        if path in files:
            raise InvalidInput("this file stands among the texts too", pointer=where)
        try:
            files[path] = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidInput("this is not base64", pointer=where) from None
    try:
        return skill_of(files)
    except RegistrationError as error:
        raise InvalidInput(error.message, pointer="/files", hint=error.hint) from None
