"""What the model of each agent says: a function of the card's title and of what has been answered so far."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence

from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, Tokens, ToolCall
from tests.chaos.crew.cards import LIMIT, REFUNDS

Results = Sequence[str]  # what tools have answered, in order


def title_of(asked: Asked) -> str:
    """The card that the conversation is about."""
    opening = next((turn.text for turn in asked.messages if turn.role == "user"), "")
    return opening.partition("\n")[0].removeprefix("# ").strip()


def turn_of(asked: Asked) -> int:
    """The number of the answer that is asked for."""
    return 1 + sum(turn.role == "assistant" for turn in asked.messages)


def script(asked: Asked) -> Reply:
    """The next thing that the card's agent says; its tokens are this turn's and no other's."""
    title = title_of(asked)
    kind, _, number = title.partition(" ")
    results = [turn.text for turn in asked.messages if turn.role == "tool"]
    said = _KINDS[kind](number, results, asked) if kind in _KINDS else Reply(text=f"{title}: nobody has taught me that")
    mark = zlib.crc32(f"{asked.model} {title} {turn_of(asked)}".encode()) % 5000
    return Reply(said.text, tool_calls=said.tool_calls, tokens=Tokens(100 + mark, 20 + mark % 37))


def done(title: str) -> Reply:
    return Reply(text=f"{title} is done")


def call(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(tool, arguments)


def calls(*wanted: ToolCall) -> Reply:
    return Reply(text="I go on.", tool_calls=wanted)


def _plan(number: str, results: Results, _: Asked) -> Reply:
    match len(results):
        case 0:
            return calls(call("comment", text=f"I split {number} in two."))
        case 1:
            return calls(call("create_task", title=f"research {number}", assignee="iris"))
        case 2:
            return calls(call("create_task", title=f"write {number}", assignee="rune", depends_on=[_key(results[1])]))
        case 3:
            return calls(call("await_tasks", tasks=[_key(one) for one in results[1:]]))
    told = results[3]
    return done(f"plan {number}") if told.count("is done") == 2 else Reply(text=f"plan {number} came to nothing: {told}")


def _key(result: str) -> str:
    return str(json.loads(result)["task"])


def _research(number: str, results: Results, _: Asked) -> Reply:
    match len(results):
        case 0:
            return calls(call("remember", title=f"research {number}", text="begun"), call("look_up", order=f"research {number}"))
        case 1 | 2:
            return done(f"research {number}")
    return Reply(text=f"research {number} has too many results")


def _write(number: str, results: Results, _: Asked) -> Reply:
    return done(f"write {number}") if results else calls(call("comment", text=f"I write {number}."))


def _settle(number: str, results: Results, _: Asked) -> Reply:
    if not results:
        return calls(call("delegate", to="atlas", title=f"wire {number}"))
    good = f"wire {number} is done" in results[0]
    return done(f"settle {number}") if good else Reply(text=f"settle {number} came to nothing: {results[0]}")


def _wire(number: str, results: Results, _: Asked) -> Reply:
    return _paid(f"wire {number}", results[0]) if results else calls(call("wire", order=f"wire {number}", amount=1000 + int(number)))


def _refund(number: str, results: Results, _: Asked) -> Reply:
    title = f"refund {number}"
    wanted = [call("refund", order=title, amount=amount) for amount in REFUNDS[title]]
    if not results:
        return calls(call("look_up", order=title))
    paid = results[1:]
    if number == "5":  # both at once
        return calls(*wanted) if not paid else _paid(title, *paid)
    if number == "4" and paid and "denied" not in paid[0]:
        return Reply(text=f"{title}: more than {LIMIT} was paid: {paid[0]}")
    return calls(wanted[len(paid)]) if len(paid) < len(wanted) else _paid(title, *paid[-1:] if number == "4" else paid)


def _paid(title: str, *results: str) -> Reply:
    """A call is good where the books have it: the result says so, or a person who has looked there."""
    good = all('"booked"' in one or "in the books" in one or "changed arguments" in one for one in results)
    return done(title) if good else Reply(text=f"{title} came to nothing: {results}")


def _ask(number: str, results: Results, _: Asked) -> Reply:
    if not results:
        return calls(call("ask_human", question=f"Which account for {number}?", options=["the old one", "the new one"]))
    good = "answered: the new one" in results[0]
    return done(f"ask {number}") if good else Reply(text=f"ask {number} was told {results[0]}")


def _publish(number: str, results: Results, _: Asked) -> Reply:
    title = f"publish {number}"
    return _paid(title, results[0]) if results else calls(call("publish", order=title, amount=int(number)))


def _notify(number: str, results: Results, _: Asked) -> Reply:
    title = f"notify {number}"
    return _paid(title, results[0]) if results else calls(call("notify", order=title, amount=int(number)))


def _handover(number: str, results: Results, asked: Asked) -> Reply:
    title = f"handover {number}"
    if "hand_off" not in asked.tool_names:
        return done(title)
    return Reply(text="It is with vera.") if results else calls(call("hand_off", to="vera", note=f"{title}: look at it."))


_KINDS: dict[str, Callable[[str, Results, Asked], Reply]] = {
    "plan": _plan,
    "research": _research,
    "write": _write,
    "settle": _settle,
    "wire": _wire,
    "refund": _refund,
    "ask": _ask,
    "publish": _publish,
    "notify": _notify,
    "handover": _handover,
}
