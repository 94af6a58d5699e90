"""Descriptions of the document as docstrings."""

from __future__ import annotations

import textwrap

WIDTH = 138


def docstring(text: str, indent: int) -> list[str]:
    """The lines of a docstring that says it."""
    space = " " * indent
    clean = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    paragraphs = [" ".join(paragraph.split()) for paragraph in clean.split("\n\n")]
    if paragraphs[0].endswith('"'):
        paragraphs[0] += "."
    if len(paragraphs) == 1 and len(paragraphs[0]) + indent + 6 <= WIDTH:
        return [f'{space}"""{paragraphs[0]}"""']
    wrapped = [textwrap.wrap(paragraph, WIDTH - indent - 3, break_on_hyphens=False) for paragraph in paragraphs]
    lines = [f'{space}"""{wrapped[0][0]}', *(space + line for line in wrapped[0][1:])]
    for paragraph in wrapped[1:]:
        lines += ["", *(space + line for line in paragraph)]
    return [*lines, f'{space}"""']
