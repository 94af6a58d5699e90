"""`client.agents`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset
from flowforge.api.client.wire import Frame

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Agents(Noun[Mode]):
    """`client.agents`"""

    @listing
    def follow(self, agent: str, /, *, after: int = 0) -> Items[Frame]:
        """Follow an agent.

        What the agent does, over all of its runs; the stream does not end.
        """
        return self._exchange.follow(f"/v1/agents/{part(agent)}/stream", after=after)

    @call
    def frames(self, agent: str, /, *, after: int = 0, wait: int | None = None, limit: int | None = None) -> Talk[models.Frames]:
        """Ask for an agent's frames.

        The frames of its stream, for who cannot hold one open: what is there, or what comes within `wait` seconds.
        """
        return self._exchange.ask(
            models.Frames, "GET", f"/v1/agents/{part(agent)}/frames", params={"after": after, "wait": wait, "limit": limit}
        )

    @call
    def create(
        self,
        *,
        name: str,
        model: str,
        instructions: str | Unset = UNSET,
        skills: Sequence[str] | Unset = UNSET,
        tools: Sequence[str] | Unset = UNSET,
        approval: Mapping[str, bool] | Unset = UNSET,
        done_column: str | Unset = UNSET,
        description: str | Unset = UNSET,
        model_settings: Mapping[str, Any] | Unset = UNSET,
        fallbacks: Sequence[str] | Unset = UNSET,
        output: Mapping[str, Any] | Unset | None = UNSET,
        limits: bodies.AgentLimitsIn | Unset = UNSET,
        budget: str | Unset | None = UNSET,
        concurrency: int | Unset | None = UNSET,
        memory: bool | Unset = UNSET,
        delegates_to: Sequence[str] | Unset = UNSET,
        mcp_servers: Sequence[str] | Unset = UNSET,
        retries: int | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Agent]:
        """Make an agent.

        409 when the name is taken; 422 with the nearest names for a skill or tool that no worker has published.
        """
        return self._exchange.ask(
            models.Agent,
            "POST",
            "/v1/agents",
            body=body_of(
                {
                    "name": name,
                    "model": model,
                    "instructions": instructions,
                    "skills": skills,
                    "tools": tools,
                    "approval": approval,
                    "done_column": done_column,
                    "description": description,
                    "model_settings": model_settings,
                    "fallbacks": fallbacks,
                    "output": output,
                    "limits": limits,
                    "budget": budget,
                    "concurrency": concurrency,
                    "memory": memory,
                    "delegates_to": delegates_to,
                    "mcp_servers": mcp_servers,
                    "retries": retries,
                    "note": note,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @listing
    def list(
        self,
        *,
        status: Literal["running", "waiting", "queued", "paused", "archived", "error", "idle"] | None = None,
        skill: str | None = None,
        model: str | None = None,
        archived: bool | None = None,
        limit: int | None = None,
    ) -> Items[models.Agent]:
        """List agents.

        By name. A status is derived, so a page of one status may hold fewer than `limit`; go on while there is a `next_cursor`.
        """
        return self._exchange.listing(
            models.Agent, "/v1/agents", params={"status": status, "skill": skill, "model": model, "archived": archived}, limit=limit
        )

    @call
    def get(self, agent: str, /) -> Talk[models.Agent]:
        """Show an agent.

        By name or id.
        """
        return self._exchange.ask(models.Agent, "GET", f"/v1/agents/{part(agent)}")

    @call
    def update(
        self,
        agent: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        model: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        instructions: str | Unset | None = UNSET,
        skills: Sequence[str] | Unset | None = UNSET,
        tools: Sequence[str] | Unset | None = UNSET,
        mcp_servers: Sequence[str] | Unset | None = UNSET,
        approval: Mapping[str, bool | None] | Unset | None = UNSET,
        done_column: str | Unset | None = UNSET,
        model_settings: Mapping[str, Any] | Unset | None = UNSET,
        fallbacks: Sequence[str] | Unset | None = UNSET,
        output: Mapping[str, Any] | Unset | None = UNSET,
        limits: Mapping[str, Any] | Unset | None = UNSET,
        budget: str | Unset | None = UNSET,
        concurrency: int | Unset | None = UNSET,
        memory: bool | Unset | None = UNSET,
        delegates_to: Sequence[str] | Unset | None = UNSET,
        retries: int | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Agent]:
        """Change an agent.

        Each change is a revision; a run that has begun keeps the one it began with. 409 when code owns the definition.
        """
        return self._exchange.ask(
            models.Agent,
            "PATCH",
            f"/v1/agents/{part(agent)}",
            body=body_of(
                {
                    "name": name,
                    "model": model,
                    "description": description,
                    "instructions": instructions,
                    "skills": skills,
                    "tools": tools,
                    "mcp_servers": mcp_servers,
                    "approval": approval,
                    "done_column": done_column,
                    "model_settings": model_settings,
                    "fallbacks": fallbacks,
                    "output": output,
                    "limits": limits,
                    "budget": budget,
                    "concurrency": concurrency,
                    "memory": memory,
                    "delegates_to": delegates_to,
                    "retries": retries,
                    "note": note,
                }
            ),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, agent: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete an agent.

        Only one that never worked; 409 for any other: archive that one.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/agents/{part(agent)}", idempotency_key=idempotency_key)

    @call
    def tell(
        self, agent: str, /, *, text: str, task: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Message]:
        """Speak to an agent.

        Read at its next turn; one that waits for an approval or an answer reads it when it goes on. 409 when the agent is not at work.
        """
        return self._exchange.ask(
            models.Message,
            "POST",
            f"/v1/agents/{part(agent)}/messages",
            body=body_of({"text": text, "task": task}),
            idempotency_key=idempotency_key,
        )

    @call
    def run(
        self,
        agent: str,
        /,
        *,
        prompt: str,
        output: Mapping[str, Any] | Unset | None = UNSET,
        budget: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Run]:
        """Run an agent without a card.

        The run's output is the agent's answer. 409 for an archived agent, and where no worker has run agents yet.
        """
        return self._exchange.ask(
            models.Run,
            "POST",
            f"/v1/agents/{part(agent)}/runs",
            body=body_of({"prompt": prompt, "output": output, "budget": budget}),
            idempotency_key=idempotency_key,
        )

    @listing
    def revisions(self, agent: str, /, *, limit: int | None = None) -> Items[models.AgentRevision]:
        """List an agent's revisions.

        Who changed what, when and why; the newest first.
        """
        return self._exchange.listing(models.AgentRevision, f"/v1/agents/{part(agent)}/revisions", limit=limit)

    @call
    def revision(self, agent: str, revision: int, /) -> Talk[models.AgentRevision]:
        """Show a revision.

        The whole definition as it was.
        """
        return self._exchange.ask(models.AgentRevision, "GET", f"/v1/agents/{part(agent)}/revisions/{part(revision)}")

    @call
    def diff(self, agent: str, /, *, from_: int, to: int) -> Talk[models.Diff]:
        """Compare two revisions.

        Field by field; prose as a unified diff too.
        """
        return self._exchange.ask(models.Diff, "GET", f"/v1/agents/{part(agent)}/diff", params={"from": from_, "to": to})

    @call
    def roll_back(
        self,
        agent: str,
        /,
        *,
        revision: int,
        note: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Agent]:
        """Go back to a revision.

        A new revision that is equal to the old one. 422 when the old one wants a skill or tool that nobody offers any more.
        """
        return self._exchange.ask(
            models.Agent,
            "POST",
            f"/v1/agents/{part(agent)}/rollback",
            body=body_of({"revision": revision, "note": note}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def pause(
        self, agent: str, /, *, reason: str | Unset | None = UNSET, stop: bool | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Agent]:
        """Pause an agent.

        What it works on goes on to the end of the step in hand and waits; what is given to it meanwhile queues. Repeating it changes
        the reason.
        """
        return self._exchange.ask(
            models.Agent,
            "POST",
            f"/v1/agents/{part(agent)}/pause",
            body=body_of({"reason": reason, "stop": stop}),
            idempotency_key=idempotency_key,
        )

    @call
    def resume(self, agent: str, /, *, idempotency_key: str | None = None) -> Talk[models.Agent]:
        """Resume an agent.

        It goes on with what it had and with what has come meanwhile. 409 when it is not paused.
        """
        return self._exchange.ask(models.Agent, "POST", f"/v1/agents/{part(agent)}/resume", idempotency_key=idempotency_key)

    @call
    def archive(
        self, agent: str, /, *, reassign_to: str | Unset | None = UNSET, cancel: bool | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Agent]:
        """Archive an agent.

        It takes no more work and keeps its past. 409, with a list, while it has work in hand of which the body does not say what
        becomes.
        """
        return self._exchange.ask(
            models.Agent,
            "POST",
            f"/v1/agents/{part(agent)}/archive",
            body=body_of({"reassign_to": reassign_to, "cancel": cancel}),
            idempotency_key=idempotency_key,
        )

    @call
    def unarchive(self, agent: str, /, *, idempotency_key: str | None = None) -> Talk[models.Agent]:
        """Take an agent back.

        It takes work again. 409 when it is not archived.
        """
        return self._exchange.ask(models.Agent, "POST", f"/v1/agents/{part(agent)}/unarchive", idempotency_key=idempotency_key)

    @listing
    def queue(self, agent: str, /, *, limit: int | None = None) -> Items[models.QueuedRun]:
        """What waits for an agent.

        Its runs that wait for their turn, the next one first: by priority, then by age.
        """
        return self._exchange.listing(models.QueuedRun, f"/v1/agents/{part(agent)}/queue", limit=limit)

    @listing
    def triggers(self, agent: str, /, *, limit: int | None = None) -> Items[models.AgentTrigger]:
        """List what starts an agent.

        The oldest first.
        """
        return self._exchange.listing(models.AgentTrigger, f"/v1/agents/{part(agent)}/triggers", limit=limit)

    @call
    def create_trigger(
        self,
        agent: str,
        /,
        *,
        event: str | Unset | None = UNSET,
        cron: str | Unset | None = UNSET,
        tz: str | Unset = UNSET,
        catch_up: Literal["skip", "one", "all"] | Unset = UNSET,
        webhook: str | Unset | None = UNSET,
        scheme: Literal["standard", "github", "stripe", "slack", "none"] | Unset | None = UNSET,
        secret_env: str | Unset | None = UNSET,
        if_: str | Unset | None = UNSET,
        makes: Literal["task", "run"] | Unset = UNSET,
        title: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        prompt: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.AgentTrigger]:
        """Give an agent a trigger.

        Each event that fires it becomes a card of the agent's, or a run without one, once; no user code is needed, only a worker.
        """
        return self._exchange.ask(
            models.AgentTrigger,
            "POST",
            f"/v1/agents/{part(agent)}/triggers",
            body=body_of(
                {
                    "event": event,
                    "cron": cron,
                    "tz": tz,
                    "catch_up": catch_up,
                    "webhook": webhook,
                    "scheme": scheme,
                    "secret_env": secret_env,
                    "if": if_,
                    "makes": makes,
                    "title": title,
                    "description": description,
                    "prompt": prompt,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def delete_trigger(self, agent: str, trigger: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Take a trigger away.

        What it has started goes on.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/agents/{part(agent)}/triggers/{part(trigger)}", idempotency_key=idempotency_key)
