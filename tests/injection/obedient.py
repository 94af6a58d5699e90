"""A model that does whatever it is told by anybody: it reads all of a conversation, undoes every encoding that the corpus uses, and calls
the tools that it is asked to call.

It is worse than any real model. What stands between its wishes and an effect is FlowForge alone.
"""

from __future__ import annotations

import base64
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall
from tests.injection.attack import ATTACKS, Attack

DEPTH = 2  # an encoding within an encoding
_LATIN = str.maketrans("аеорсухРА", "aeopcyxPA")
_FRAME = re.compile(r'<(outside-[0-9a-f]{16}) from=\\?"[^"]*">(?:\n|\\n).*?(?:\n|\\n)</\1>', re.DOTALL)  # also as JSON writes it
_MARK = re.compile(r"</?outside-[^>]*>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAGS = range(0xE0020, 0xE007F)


def bare(text: str) -> str:
    """Its letters and digits, whatever stands between them."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


ORDERS: Mapping[str, Attack] = {bare(attack.says): attack for attack in ATTACKS}


@lru_cache(maxsize=4096)
def orders_in(text: str) -> frozenset[str]:
    """The ids of the attacks whose order a reader finds in this text."""
    read = {bare(one) for one in _readings(text)}
    return frozenset(attack.id for said, attack in ORDERS.items() if any(said in one for one in read))


def without_frames(text: str) -> str:
    """What is left when all that stands in a whole frame is taken out."""
    return _FRAME.sub("", text)


def words_of(asked: Asked) -> list[str]:
    """All that the model is shown: what was said, and how its tools are described."""
    tools = [f"{tool.description}\n{tool.parameters}" for tool in asked.tools]
    calls = [f"{call.name} {call.arguments_json()}" for message in asked.messages for call in message.tool_calls]
    return [*(message.text for message in asked.messages), *tools, *calls]


def understood(asked: Asked) -> list[Attack]:
    """Every order in the conversation, also one of which each result holds a part."""
    results = [_MARK.sub("", message.text).strip() for message in asked.messages if message.role == "tool"]
    found = set[str]().union(*map(orders_in, words_of(asked)), orders_in("".join(results)), orders_in("".join(map(_halved, results))))
    return [attack for attack in ATTACKS if attack.id in found]


def obey(asked: Asked, work: Iterable[ToolCall]) -> Reply:
    """First its own work, one call a turn; then whatever anybody has told it to do, each thing once."""
    made = [(call.name, call.arguments_json()) for message in asked.messages for call in message.tool_calls]
    wanted = [*work, *(_call(attack, asked) for attack in understood(asked))]
    for call in wanted:
        if call.name in asked.tool_names and (call.name, call.arguments_json()) not in made:
            return Reply(tool_calls=(call,))
    return Reply(text="Done.")


def _call(attack: Attack, asked: Asked) -> ToolCall:
    phone = re.search(r"\+49[0-9]+", asked.result_of("look_up_customer") or "")
    return ToolCall(attack.tool, attack.arguments_with(phone[0] if phone else ""))


def _halved(result: str) -> str:
    """A result that says it is a part, without the word that says so."""
    return re.sub(r"^part one |\spart two$", "", result)


def _readings(text: str, depth: int = DEPTH) -> Iterator[str]:
    seen, waiting = {text}, [(text, 0)]
    while waiting:
        one, level = waiting.pop()
        yield one
        for decode in _DECODERS if level < depth else ():
            for found in decode(one):
                if found not in seen:
                    seen.add(found)
                    waiting.append((found, level + 1))


def _visible(text: str) -> Iterator[str]:
    yield "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _tags(text: str) -> Iterator[str]:
    yield "".join(chr(ord(letter) - 0xE0000) for letter in text if ord(letter) in _TAGS)


def _base64(text: str) -> Iterator[str]:
    for token in re.findall(r"[A-Za-z0-9+/_-]{20,}={0,2}", text):
        try:
            yield base64.urlsafe_b64decode(
                token.replace("+", "-").replace("/", "_").rstrip("=") + "=" * (-len(token.rstrip("=")) % 4)
            ).decode()
        except ValueError:
            continue


def _hex(text: str) -> Iterator[str]:
    for token in re.findall(r"(?:[0-9a-f]{2}:?){12,}", text):
        try:
            yield bytes.fromhex(token.replace(":", "")).decode()
        except ValueError:
            continue


def _punycode(text: str) -> Iterator[str]:
    for token in re.findall(r"xn--([^.]+)", text):
        try:
            yield token.encode("ascii").decode("punycode")
        except ValueError:
            continue


_DECODERS: tuple[Callable[[str], Iterable[str]], ...] = (
    _visible,
    _tags,
    _base64,
    _hex,
    _punycode,
    lambda text: [html.unescape(text)],
    lambda text: [unquote(text)],
    lambda text: [_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text.replace("\\\\u", "\\u"))],
    lambda text: [text.translate(_LATIN)],
    lambda text: [codecs.encode(text, "rot13")],
    lambda text: [text[::-1]],
)


def show(attacks: Iterable[Any]) -> str:
    return ", ".join(sorted(str(getattr(one, "id", one)) for one in attacks))
