"""The pages on which people sign in: plain forms, rendered here, without a script. Whatever is put into them is escaped."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from flowforge.api.pages import policy_of
from flowforge.api.problem import refuse

FIELDS_MAX = 20


def page(title: str, *parts: str, notice: str | None = None, alert: str | None = None, status: int = 200) -> HTMLResponse:
    """A page of parts that `render` made, below what there is to be said."""
    said = [f"<p>{escape(notice)}</p>"] if notice else []
    said += [f'<p role="alert">{escape(alert)}</p>'] if alert else []
    text = _template("layout").substitute(title=escape(title), body="\n".join([*said, *parts]))
    headers = {
        "Content-Security-Policy": f"{_policy()}; form-action 'self'",
        "Cache-Control": "no-store",
        # A form of ours must be able to say where it comes from; nobody else is told of the token in an address.
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(text, status_code=status, headers=headers)


def render(part: str, /, **values: str) -> str:
    """One part, with these values escaped into it."""
    return _template(part).substitute({key: escape(value) for key, value in values.items()})


def see_other(target: str) -> RedirectResponse:
    """On to another page, by GET."""
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def own_path(text: str) -> str:
    """Where to go on to, as long as it is a path of this server; the first page otherwise.

    >>> own_path("/docs"), own_path("//evil.example"), own_path("https://evil.example")
    ('/docs', '/', '/')
    """
    return text if re.fullmatch(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}", text) or text == "/" else "/"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form. Raises Refusal for what is none."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise refuse("media-type", "the body must be application/x-www-form-urlencoded", parameter="Content-Type")
    try:
        text = (await request.body()).decode()
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"))
    except ValueError:
        raise refuse("malformed", "the body is not a form") from None
    if any("\0" in value for value in fields.values()):
        raise refuse("malformed", "a field holds a NUL character")
    return fields


@cache
def _template(name: str) -> Template:
    return Template((files("flowforge.api") / "html" / "people" / f"{name}.html").read_text())


@cache
def _policy() -> str:
    return policy_of(_template("layout").template)
