"""The words of cards, by which they are found: of the key, the title, the description and what was said on them.

Words are cut and folded here, in no particular language: letters and digits of any script, without regard to case and width. Scripts that
leave no space between words (Chinese, Japanese) are found by every two characters that stand together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from flowforge.board.queries import sql
from flowforge.db.queries import Connection

Source = Literal["c", "s"]  # the card itself; what was said on it

WORD_CHARACTERS_MAX = 64
WORDS_MAX = 2_000  # of one text; what is longer is found by its beginning
QUERY_WORDS_MAX = 8

_WORD = re.compile(r"\w+", re.UNICODE)
_KEY = re.compile(r"\b[^\W\d_][^\W_]*-\d+\b")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def words_of(text: str) -> set[str]:
    """The words of a text, each once.

    >>> sorted(words_of("Refund ORD-9218, Zoë!"))
    ['9218', 'ord', 'ord-9218', 'refund', 'zoë']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: dict[str, None] = {}
    for word in (*_KEY.findall(folded), *_WORD.findall(folded)):
        for piece in _pieces(word):
            found.setdefault(piece[:WORD_CHARACTERS_MAX])
        if len(found) >= WORDS_MAX:
            break
    return set(list(found)[:WORDS_MAX])


def ranges_of(query: str) -> list[tuple[str, str]]:
    """For each word of a query the words that it is the beginning of, from the first to before the second. One letter means itself."""
    folded = unicodedata.normalize("NFKC", query).casefold()
    keys = _KEY.findall(folded)
    rest = _WORD.findall(_KEY.sub(" ", folded))
    pieces = list(dict.fromkeys(piece[:WORD_CHARACTERS_MAX] for word in (*keys, *rest) for piece in _pieces(word)))
    return [(piece, _behind(piece)) for piece in pieces[:QUERY_WORDS_MAX]]


async def add_words(connection: Connection, tenant_id: UUID, task_id: UUID, source: Source, text: str) -> None:
    """Let the card be found by the words of this text."""
    await _add(connection, tenant_id, task_id, source, words_of(text))


async def change_words(connection: Connection, tenant_id: UUID, task_id: UUID, before: str, after: str) -> None:
    """Let the card be found by what it says now, and no longer by what only its text before said."""
    old, new = words_of(before), words_of(after)
    if gone := old - new:
        await sql.remove_words.execute(connection, tenant_id=tenant_id, task_id=task_id, source=b"c", words=sorted(gone))
    await _add(connection, tenant_id, task_id, "c", new - old)


async def say_again(connection: Connection, tenant_id: UUID, task_id: UUID, before: str, said: Iterable[str]) -> None:
    """Let the card be found by all that is said on it now, and no longer by what only a comment said that was changed or taken back."""
    now = {word for text in said for word in words_of(text)}
    if gone := words_of(before) - now:
        await sql.remove_words.execute(connection, tenant_id=tenant_id, task_id=task_id, source=b"s", words=sorted(gone))
    await _add(connection, tenant_id, task_id, "s", now)


async def forget_words(connection: Connection, tenant_id: UUID, task_id: UUID, texts: Iterable[str]) -> None:
    """Let the card no longer be found by the words of these texts, wherever they stood in it."""
    words = sorted({word for text in texts for word in words_of(text)})
    await sql.forget_words.execute(connection, tenant_id=tenant_id, task_id=task_id, words=words)


async def _add(connection: Connection, tenant_id: UUID, task_id: UUID, source: Source, words: Iterable[str]) -> None:
    if ordered := sorted(words):
        await sql.add_words.execute(connection, tenant_id=tenant_id, task_id=task_id, source=source.encode(), words=ordered)


def _pieces(word: str) -> Iterable[str]:
    """A word as it is, or, where it holds unspaced script, its pairs of characters and what stands between them."""
    if not _UNSPACED.search(word):
        yield word
        return
    place = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > place:
            yield word[place : run.start()]
        text = run[0]
        yield from (text[at : at + 2] for at in range(max(1, len(text) - 1)))
        place = run.end()
    if place < len(word):
        yield word[place:]


def _behind(word: str) -> str:
    """The first text that does not begin with the word; for a single letter the first that is not the word itself."""
    if len(word) == 1 and not _UNSPACED.match(word):
        return word + "\x01"
    return word + "\U0010ffff"
