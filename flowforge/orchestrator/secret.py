"""A secret in the code of a step: fetched when it is needed, for this function, agent or tool, and gone with the attempt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from flowforge.errors import DatabaseUnavailable, FlowForgeError, StepMisuse
from flowforge.orchestrator.outage import insist
from flowforge.orchestrator.step_scope import SCOPE, StepScope
from flowforge.secrets.resolve import SecretUser
from flowforge.secrets.secret_text import SecretText

R = TypeVar("R")


async def secret(name: str) -> SecretText:
    """The secret of that name as this function, agent or tool may use it: the narrowest scope that fits, the newest version.

    Call it in a step's body or in a tool, each time that it is needed: a new version holds at the next call. The use is in the audit log.
    Raises NotFound, also for a secret that only others may use; SealingKeyMissing where the worker has no key; StepMisuse elsewhere.

        async def charge(order: str) -> str:
            stripe = await flowforge.secret("stripe")
            answer = await http.post(URL, headers={"authorization": f"Bearer {stripe.reveal()}"}, json={"order": order})
            return answer.json()["id"]
    """
    scope = SCOPE.get()
    if scope is None:
        raise StepMisuse("a secret is only to be had where a step runs", hint="call flowforge.secret() in a step's body, or in a tool")
    host = scope.execution.host
    return await through_outages(lambda: host.secrets.find(user_of(scope), name))


def user_of(scope: StepScope) -> SecretUser:
    """Who uses a secret in this step."""
    execution = scope.execution
    return SecretUser(execution.tenant_id, execution.run_id, scope.key, execution.function_id, execution.agent_id, scope.tool)


async def through_outages(act: Callable[[], Awaitable[R]]) -> R:
    """What `act` answers, once the database is there. Raises what it refuses: that is no outage."""

    async def tried() -> R | FlowForgeError:
        try:
            return await act()
        except DatabaseUnavailable:
            raise
        except FlowForgeError as refusal:
            return refusal

    found = await insist(tried)
    if isinstance(found, FlowForgeError):
        raise found
    return found
