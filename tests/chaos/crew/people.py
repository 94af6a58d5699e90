"""People of the crew: they come in by an invitation, keep a session, and do what cards and the review queue ask of them, over HTTP.

What one is told is written down: `decided`, `lost` (somebody was first; the answer names whom), `answered`, `moved`. A server that is gone
is asked again until it is back. Whoever is asked whether a call has happened looks into the books.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

import httpx

from tests.chaos.crew.cards import CUT, LIMIT
from tests.chaos.crew.ledger import EACH_ANEW
from tests.chaos.crew.processes import OPERATOR
from tests.chaos.recording import Recorder

PASSWORD = "seven grey herons at dawn"
LOOK_SECONDS = 0.15
SESSION = "__Host-flowforge"
Json = dict[str, Any]


class Caller:
    """Asks a server that may be gone; a request is sent again, under its key, until it is answered."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=10, trust_env=False)

    async def ask(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """The answer, whatever it says; 5xx is no answer where the server or its database is going away."""
        while True:
            try:
                answer = await self.http.request(method, path, json=json, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code not in (502, 503, 504):
                return answer
            await asyncio.sleep(0.1)

    async def get(self, path: str) -> list[Json]:
        """A list, all pages of it."""
        found: list[Json] = []
        cursor = ""
        while True:
            page = (await self.ask("GET", f"{path}{'&' if '?' in path else '?'}limit=200{cursor}")).raise_for_status().json()
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    async def make(self, path: str, body: Json, key: str) -> Json:
        """Something new, once, however often it takes."""
        made: Json = (await self.ask("POST", path, body, **{"idempotency-key": key})).raise_for_status().json()
        return made


def operator(url: str) -> Caller:
    """Who sets all up."""
    return Caller(url, {"authorization": f"Bearer {OPERATOR}"})


class Person(Caller):
    """Somebody with a session of their own."""

    def __init__(self, url: str, name: str, session: str, csrf: str, ledger: str, recorder: Recorder) -> None:
        super().__init__(url, {"cookie": f"{SESSION}={session}", "x-flowforge-csrf": csrf})
        self.name, self.recorder = name, recorder
        self.books = httpx.AsyncClient(base_url=ledger, timeout=20, trust_env=False, limits=EACH_ANEW)

    @classmethod
    async def join(cls, url: str, name: str, ledger: str, recorder: Recorder) -> Self:
        """Be invited, accept, and be signed in."""
        invited = await operator(url).make("/v1/invitations", {"email": f"{name}@example.com", "role": "approver"}, f"invite {name}")
        body = {"token": invited["link"].rpartition("=")[2], "name": name, "password": PASSWORD}
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            accepted = (await http.post("/v1/invitation_acceptances", json=body)).raise_for_status()
            session = accepted.cookies[SESSION]
            shown = (await http.get("/v1/session", headers={"cookie": f"{SESSION}={session}"})).raise_for_status().json()
        return cls(url, name, session, shown["csrf_token"], ledger, recorder)

    async def work(self) -> None:
        """Do what is asked, until nobody wants it any more."""
        while True:
            await self._decide()
            await self._answer()
            await self._sign()
            await self._let_go_on()
            await asyncio.sleep(LOOK_SECONDS)

    async def _decide(self) -> None:
        for approval in await self.get("/v1/approvals?state=pending&mine=true"):
            verdict = await self._verdict(approval)
            answer = await self.ask("POST", f"/v1/approvals/{approval['id']}/decision", {**verdict, "hash": approval["hash"]})
            told = answer.json()
            if answer.is_success:
                state = told["state"]
                self._note("voted" if state == "pending" else "decided", approval["id"], state=state, approved=verdict["approved"])
            else:
                winner = (told.get("winner") or {}).get("decided_by")
                self._note("lost", approval["id"], status=answer.status_code, winner=winner, detail=str(told.get("detail"))[:200])

    async def _verdict(self, approval: Json) -> Json:
        call = approval["proposal"] or approval["arguments"]
        if "may have run" in (approval["reason"] or ""):
            booked = (await self.books.get(f"/effects/{call['order']}")).raise_for_status().json()
            happened = [one for one in booked if (one["tool"], one["amount"]) == (approval["tool"], call["amount"])]
            return {"approved": False, "reason": "It is in the books."} if happened else {"approved": True}
        if approval["tool"] == "refund" and call["amount"] > LIMIT:
            return {"approved": False, "reason": f"At most {LIMIT}."}
        if approval["tool"] == "refund" and call["amount"] > CUT:
            return {"approved": True, "edited_args": {**call, "amount": CUT}}
        return {"approved": True}

    async def _answer(self) -> None:
        for question in await self.get("/v1/questions?state=open"):
            answer = await self.ask("POST", f"/v1/questions/{question['id']}/answer", {"answer": "the new one"})
            winner = (answer.json().get("winner") or {}).get("answered_by") if answer.status_code == 409 else None
            self._note("answered" if answer.is_success else "lost", question["id"], status=answer.status_code, winner=winner)

    async def _sign(self) -> None:
        """What is theirs to do themselves, once nothing stands before it."""
        for task in await self.get(f"/v1/tasks?assignee={self.name}&blocked=false"):
            if task["column"] == "Done":
                continue
            key = task["key"]
            once = {"idempotency-key": f"sign {key}"}
            said = await self.ask("POST", f"/v1/tasks/{key}/comments", {"text": "Signed."}, **once)
            if said.status_code == 409 and "retry-after" in said.headers:
                continue  # the server that took the first one has died, or has not: for a minute nobody knows
            said.raise_for_status()
            answer = await self.ask("PUT", f"/v1/tasks/{key}/column", {"column": "Done"})
            self._note("moved", key, status=answer.status_code)

    async def _let_go_on(self) -> None:
        """A run that was rescued too often in a row waits for somebody who has looked at it."""
        for run in await self.get("/v1/runs?state=paused"):
            answer = await self.ask("DELETE", f"/v1/runs/{run['id']}/pause")
            self._note("resumed", run["id"], status=answer.status_code)

    def _note(self, what: str, about: str, **facts: Any) -> None:
        self.recorder.write(what, who=self.name, about=about, **facts)

    async def close(self) -> None:
        await self.http.aclose()
        await self.books.aclose()
