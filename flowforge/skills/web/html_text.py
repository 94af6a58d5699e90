"""The words of a page, without what is not meant to be read: scripts, styles, what is hidden. Addresses of links stay."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head", "select", "textarea"})
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_BREAKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "section", "article", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"pre", "blockquote", "dt", "dd", "hr", "main", "nav", "aside", "form", "figure"}
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])", re.IGNORECASE)
ADDRESS_CHARACTERS_MAX = 300


def html_text(page: str) -> tuple[str, str]:
    """The title of a page, and its words.

    >>> html_text("<title>Shop</title><p>Open <a href='/today'>today</a><script>no()</script>")
    ('Shop', 'Open today [/today]')
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    text = "".join(reader.parts)
    lines = (re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return " ".join("".join(reader.title).split())[:300], re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] = []
        self._silent: list[str] = []  # open elements, from the first on that is not meant to be read
        self._links: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "title" and not self.title:
            self._in_title = True
        hidden = "hidden" in given or given.get("aria-hidden") == "true" or _HIDDEN.search(given.get("style") or "") is not None
        if tag not in _VOID and (self._silent or tag in _SILENT or hidden):
            if tag == "body":
                self._silent.clear()  # a head that nobody closed
            else:
                self._silent.append(tag)
            return
        if self._silent:
            return
        if tag in _BREAKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        if tag == "a":
            self._links.append((given.get("href") or "")[:ADDRESS_CHARACTERS_MAX])
        if tag == "img" and given.get("alt"):
            self.parts.append(f"[image: {given['alt']}]")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._silent:
            if tag in self._silent:
                while self._silent.pop() != tag:
                    pass
            return
        if tag == "a" and self._links:
            address = self._links.pop()
            if address and not address.startswith(("#", "javascript:", "data:")):
                self.parts.append(f" [{address}]")
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._silent:
            self.parts.append(data)
