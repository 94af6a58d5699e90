"""How the steps of an execution are told apart: by their branch, their name, and which of that name it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flowforge.errors import StepMisuse
from flowforge.orchestrator.branch import BRANCH
from flowforge.orchestrator.step_scope import SCOPE
from flowforge.secrets.opened import OPENED

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.orchestrator.branch import Branch

MAX_STEP_NAME = 200


class StepKeys:
    """Gives a step its key at the moment in which the function's code calls it; the same code calls for the same keys in every replay."""

    def __init__(self, root: Branch, tenant_id: UUID) -> None:
        self._root = root
        self._tenant_id = tenant_id
        self.thread = threading.get_ident()
        self._identities: dict[str, int] = {}

    def key(self, name: str, identity: str | None = None) -> str:
        """The key of the step that is called now: `name`, then `name#2` … in its branch, or `name:identity` where the caller knows better
        what makes it unique in its run. Raises StepMisuse for a call or a name that cannot be."""
        self._check(name)
        if identity is None:
            return self._branch.key(name)
        key = self._identified(name, identity)
        self._identities[key] = self._identities.get(key, 0) + 1
        return self._numbered(key, self._identities[key])

    def of_items(self, name: str, count: int) -> list[str]:
        """Keys for a step of each item, `name[0]` and so on."""
        self._check(name)
        branch = self._branch
        return [branch.key(f"{name}[{place}]") for place in range(count)]

    def next(self, name: str, identity: str) -> str:
        """The key that the next step of that name and identity will have."""
        key = self._identified(name, identity)
        return self._numbered(key, self._identities.get(key, 0) + 1)

    @property
    def _branch(self) -> Branch:
        return BRANCH.get() or self._root

    def _identified(self, name: str, identity: str) -> str:
        return f"{self._branch.home}{name}:{identity}"

    def _numbered(self, key: str, n: int) -> str:
        return key if n == 1 else f"{key}#{n}"

    def _check(self, name: object) -> None:
        scope = SCOPE.get()
        if scope is not None:
            raise StepMisuse(
                f'step "{name}" is called inside step "{scope.name}"',
                hint="a step's body is plain code; call steps from the function itself, one after the other",
            )
        if threading.get_ident() != self.thread:
            raise StepMisuse(f'step "{name}" is called from another thread', hint="call steps in the function's own coroutine")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_STEP_NAME or not name.isprintable():
            raise StepMisuse(f"a step's name must be a text of 1 to {MAX_STEP_NAME} printable characters, not {name!r}"[:300])
        if OPENED.is_in(name, self._tenant_id):
            raise StepMisuse("a step's name holds the value of a secret", hint="name the step after what it does")
