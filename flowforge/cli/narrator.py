"""Live frames as lines: what `send`, `dev` and `demo` print while runs go on.

10:42:07 ▶ 8241_a2f7 order.process_order  order/created
10:42:07   ✓ validate       12 ms
10:42:08   ✓ fraud          810 ms  gpt-4o  1,204→88 tok  $0.04
10:42:08   ↻ notify_slack   503 from slack.com, retry 2/3 in 4 s
10:42:12   ◇ payment        waiting for payment/received (24 h)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flowforge.cli import figures
from flowforge.cli.terminal import Terminal, shorten
from flowforge.durations import show

_NAME_WIDTH = 18


class Narrator:
    """Turns one run's frames into lines. Text of models is collected and told in one line when the message is complete; with
    `thoughts` what they reasoned stands above it."""

    def __init__(
        self, terminal: Terminal, line: Callable[[str], None], *, label: str, function: str = "", trigger: str = "", thoughts: bool = False
    ) -> None:
        self._terminal, self._line = terminal, line
        self._label, self._function, self._trigger, self._thoughts = label, function, trigger, thoughts
        self._costs: dict[str, dict[str, Any]] = {}
        self._announced = False

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """Print what a frame says, if it says something to a person."""
        teller = getattr(self, "_" + name.replace(".", "_"), None)
        if teller is not None:
            teller(data)

    def _run_queued(self, data: dict[str, Any]) -> None:
        self._announce(data)

    def _run_started(self, data: dict[str, Any]) -> None:
        self._announce(data)

    def _run_resumed(self, data: dict[str, Any]) -> None:
        self._announce(data)
        if cached := data.get("memoized"):
            self._say("⟲", "dim", "resumed", f"{cached} {'step' if cached == 1 else 'steps'} cached")

    def _run_completed(self, data: dict[str, Any]) -> None:
        self._end("✓ completed", "green", data)

    def _run_failed(self, data: dict[str, Any]) -> None:
        self._end("✗ failed", "red", data)

    def _run_cancelled(self, data: dict[str, Any]) -> None:
        self._end("⊘ cancelled", "dim", data)

    def _run_paused(self, data: dict[str, Any]) -> None:
        self._say("‖", "violet", "paused", str(data.get("reason") or "by a person"))

    def _run_skipped(self, data: dict[str, Any]) -> None:
        self._end("⊘ skipped", "dim", data)

    def _step_completed(self, data: dict[str, Any]) -> None:
        usage = self._costs.pop(_key(data), {})
        model = data.get("model") or usage.get("model") or ""
        used = figures.tokens(_first("input_tokens", data, usage), _first("output_tokens", data, usage))
        took = "cached" if data.get("memoized") else figures.milliseconds(data.get("ms"))
        self._say("✓", "green", _name(data), "  ".join(filter(None, [took, model, used, figures.spent(_first("cost", data, usage))])))

    def _step_failed(self, data: dict[str, Any]) -> None:
        self._say("✗", "red", _name(data), _error(data))

    def _step_retrying(self, data: dict[str, Any]) -> None:
        delay = data.get("delay_seconds")
        attempt, retries = data.get("attempt"), data.get("retries")
        again = f"retry {attempt}/{retries}" if retries else "retry"
        self._say("↻", "ember", _name(data), f"{_error(data)}, {again}" + (f" in {show(float(delay))}" if delay is not None else ""))

    def _step_started(self, data: dict[str, Any]) -> None:
        kind = data.get("kind")
        if kind in {"sleep", "wait", "wait_for_event", "approve", "invoke"}:
            self._say("◇", "dim", _name(data), _waiting_for(kind, data))

    def _tool_call_started(self, data: dict[str, Any]) -> None:
        self._say("⚙", "blue", _tool(data), _json(data.get("arguments")))

    def _tool_call_failed(self, data: dict[str, Any]) -> None:
        self._say("✗", "red", _tool(data), _error(data))

    def _message_completed(self, data: dict[str, Any]) -> None:
        if self._thoughts and (reasoning := data.get("reasoning")):
            self._say("…", "dim", shorten(str(reasoning), 400), "")
        if text := data.get("text") or data.get("content"):
            self._say("✎", "bold", shorten(str(text), 400), "")

    def _usage_recorded(self, data: dict[str, Any]) -> None:
        self._costs[_key(data)] = data

    def _approval_requested(self, data: dict[str, Any]) -> None:
        self._say("◆", "violet", f"{_tool(data)} needs approval", _json(data.get("arguments")))

    def _approval_decided(self, data: dict[str, Any]) -> None:
        approved = data.get("state") == "approved"
        edited = data.get("edited_args")
        facts = [
            f"by {data['decided_by']}" if data.get("decided_by") else "",
            f"as {_json(edited)}" if edited else "",
            str(data.get("reason") or ""),
        ]
        word = "approved" if approved else "denied"
        self._say("✓" if approved else "✗", "green" if approved else "red", word, "  ".join(filter(None, facts)))

    def _approval_expired(self, data: dict[str, Any]) -> None:
        self._say("⊘", "dim", f"{_tool(data)} expired", "nobody decided in time")

    def _log(self, data: dict[str, Any]) -> None:
        self._say("!", "ember", str(data.get("level") or "log"), str(data.get("message") or ""))

    def _announce(self, data: dict[str, Any]) -> None:
        if self._announced:
            return
        self._announced = True
        function = data.get("function") or self._function
        trigger = data.get("trigger") or data.get("event") or self._trigger
        p = self._terminal.paint
        self._line(f"{_now(self._terminal)} {p('▶', 'ember')} {p(self._label, 'bold')} {function}" + (f"  {trigger}" if trigger else ""))

    def _end(self, word: str, style: str, data: dict[str, Any]) -> None:
        self._announce({})
        facts = "  ".join(filter(None, [figures.milliseconds(data.get("ms")), figures.spent(data.get("cost")), _error(data)]))
        self._line(f"{_now(self._terminal)} {self._terminal.paint(word, style)} {self._label} {facts}".rstrip())

    def _say(self, sign: str, style: str, name: str, facts: str) -> None:
        self._line(f"{_now(self._terminal)}   {self._terminal.paint(sign, style)} {name:<{_NAME_WIDTH}} {facts}".rstrip())


def _now(terminal: Terminal) -> str:
    return terminal.paint(figures.time_of_day(), "dim")


def _name(data: dict[str, Any]) -> str:
    return str(data.get("name") or data.get("key") or "step")


def _key(data: dict[str, Any]) -> str:
    return str(data.get("step") or data.get("key"))


def _json(value: Any) -> str:
    return shorten(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 100) if value else ""


def _tool(data: dict[str, Any]) -> str:
    return str(data.get("tool") or data.get("name") or "tool")


def _error(data: dict[str, Any]) -> str:
    error = data.get("error")
    if isinstance(error, dict):
        kind, message = error.get("type"), str(error.get("message", ""))
        return shorten(f"{kind}: {message}" if kind else message, 200)
    return shorten(str(error), 200) if error else ""


def _waiting_for(kind: Any, data: dict[str, Any]) -> str:
    if kind == "sleep":
        return "sleeping" + (f" {show(float(data['timeout_seconds']))}" if data.get("timeout_seconds") is not None else "")
    about = data["input"] if isinstance(data.get("input"), dict) else {}
    target = (
        about.get("event")
        or about.get("function")
        or {"approve": "approval", "wait_for_event": "an event", "invoke": "its child run"}.get(str(kind))
    )
    timeout = data.get("timeout_seconds")
    limit = f" ({show(float(timeout))})" if timeout is not None else ""
    return f"waiting for {target or kind}{limit}"


def _first(name: str, *sources: dict[str, Any]) -> Any:
    return next((source[name] for source in sources if source.get(name) is not None), None)
