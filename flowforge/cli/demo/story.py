"""The story of the demo, told from the run's live stream: FF-1 goes to Atlas, Atlas asks, a person decides, money moves once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.cli import figures
from flowforge.cli.demo.hands import ChildWorker
from flowforge.cli.demo.person import decide, show_request
from flowforge.cli.demo.scene import Scene, set_the_board
from flowforge.cli.demo.team import gather_team
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.narrator import Narrator
from flowforge.cli.terminal import Terminal
from flowforge.cli.waterfall import draw
from flowforge.errors import FlowForgeError

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient
    from flowforge.api.client.models import Run
    from flowforge.testing.scripted_provider import Asked, Reply

RUN_SECONDS = 60.0  # for the run to begin after the task was assigned


class SecondKill:
    """Holds the model's last answer back until the worker has been killed.

    The model is asked again only after the refund's checkpoint has committed, so this is the moment "after the checkpoint".
    """

    def __init__(self) -> None:
        self._refunded, self._go_on = threading.Event(), threading.Event()

    def script(self, asked: Asked) -> Reply:
        """Atlas's script, which waits where the kill is to happen."""
        from flowforge.testing.scripted_provider import atlas

        if asked.result_of("issue_refund") is not None and not self._go_on.is_set():
            self._refunded.set()
            self._go_on.wait(RUN_SECONDS)
        return atlas(asked)

    async def refunded(self) -> None:
        """Until the refund is checkpointed and the model is asked again."""
        await asyncio.to_thread(self._refunded.wait, RUN_SECONDS)

    def go_on(self) -> None:
        self._go_on.set()


class Story:
    """One telling."""

    def __init__(
        self,
        terminal: Terminal,
        scene: Scene,
        client: AsyncClient,
        *,
        yes: bool,
        watched: bool,
        worker: ChildWorker | None,
        second: SecondKill | None,
    ) -> None:
        self._terminal, self._scene, self._client, self._yes, self._watched = terminal, scene, client, yes, watched
        self._worker, self._second = worker, second
        self._kills = 0

    async def tell(self) -> int:
        """From the empty board to the end of the run; the exit code."""
        _, task = await set_the_board(self._client, self._say)
        if self._watched:
            await gather_team(self._client)
            self._say("kepler and maya have work of their own; what they do is on the board")
        run_id = await self._run_of(task)
        self._say("")
        await self._follow(run_id)
        run = await self._client.runs.get(run_id)
        await self._conclude(run, task)
        return OK if run.state == "completed" else FAILED

    async def _run_of(self, task: str) -> str:
        async with asyncio.timeout(RUN_SECONDS):
            while True:
                shown = await self._client.request("GET", f"/v1/tasks/{task}")
                if shown["run"]:
                    return str(shown["run"])
                await asyncio.sleep(0.05)

    async def _follow(self, run_id: str) -> None:
        narrator = Narrator(self._terminal, self._say, label=ids.label(run_id))
        watch = asyncio.create_task(self._kill_after_refund()) if self._second else None
        try:
            async for frame in self._client.runs.follow(run_id):
                narrator.tell(frame.name, frame.data)
                if frame.name == "approval.requested":
                    await self._settle(frame.data)
        finally:
            if watch is not None:
                watch.cancel()

    async def _settle(self, asked: dict[str, Any]) -> None:
        item = await self._pending(asked)
        if item is None:
            return  # told late, and decided already
        show_request(self._terminal, self._scene.url, item, needs_key=self._scene.needs_key)
        if self._worker is not None:
            await self._parked(item["run"])
            await self._kill("the approval waits; the run holds no process, no connection and no memory")
        await decide(self._terminal, self._client, item, yes=self._yes)

    async def _pending(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        found = [item async for item in self._client.pages("/v1/approvals", params={"state": "pending"})]
        wanted = asked.get("approval") or asked.get("id")
        return next((item for item in found if wanted in (None, item["id"])), None)

    async def _parked(self, run_id: str) -> None:
        """Until the run has left its worker."""
        async with asyncio.timeout(RUN_SECONDS):
            while (await self._client.runs.get(run_id)).state != "waiting":  # noqa: ASYNC110 - it is to be seen from outside
                await asyncio.sleep(0.05)

    async def _kill_after_refund(self) -> None:
        assert self._second is not None
        await self._second.refunded()
        await self._kill("the refund is checkpointed; the run is in the middle of its next step")
        self._second.go_on()

    async def _kill(self, moment: str) -> None:
        if self._worker is None:
            return
        self._kills += 1
        self._say(self._terminal.paint(f"  kill -9 {self._worker.pid}: {moment}", "ember"))
        await self._worker.kill()
        await self._worker.start()
        self._say(self._terminal.paint(f"  another worker started: {self._worker.pid}", "dim"))

    async def _conclude(self, run: Run, task: str) -> None:
        shown = await self._client.request("GET", f"/v1/tasks/{task}")
        steps = [step async for step in self._client.runs.steps(run.id)]
        if self._terminal.json:
            self._terminal.json_data({"run": run.id, "state": run.state, "task": shown, "cost": run.cost, **self._books()})
            return
        self._say("")
        for comment in shown["comments"]:
            self._say(f"{task} · {_author(comment)}: {comment['text']}")
        self._terminal.data()
        for line in draw(self._terminal, run, steps):
            self._terminal.data(line)
        self._terminal.data()
        self._terminal.data(f"{task} is in {shown['column']} · cost {figures.money(run.cost) or 'unknown'} · {self._ledger_line()}")

    def _books(self) -> dict[str, Any]:
        refunds = [{"order_id": refund.order_id, "amount": str(refund.amount)} for refund in self._scene.ledger.refunds()]
        return {"refunds": refunds, "refund_calls": self._scene.ledger.calls(), "kills": self._kills}

    def _ledger_line(self) -> str:
        refunds, calls = self._scene.ledger.refunds(), self._scene.ledger.calls()
        if len(refunds) > 1 or calls > 1 + self._kills:
            raise FlowForgeError(f"the ledger holds {len(refunds)} refunds after {calls} calls; there must never be more than one")
        paid = ", ".join(f"${refund.amount:f} to {refund.order_id}" for refund in refunds) or "no money moved"
        killed = f" although the worker was killed {self._kills} times" if self._kills else ""
        return f"{paid} · refund called {calls} {'time' if calls == 1 else 'times'}{killed}"

    def _say(self, text: str) -> None:
        if not self._terminal.json:
            self._terminal.say(text)


def _author(comment: dict[str, Any]) -> str:
    author = comment.get("author")
    return str(author.get("name") if isinstance(author, dict) else author)
