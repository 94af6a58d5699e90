"""Whether heads are signed by the log's keys: one chain, and a chain with that key which somebody may know from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from flowforge.audit.head import SignedHead
from flowforge.audit.key import AuditKey, BadKey, check_chain
from flowforge.audit.refusal import Refused


class KnownKeys:
    """The keys of an export or a proof. Raises Refused when they are no chain, or when `trusted` (a key's id or its public key in hex) is
    none of them."""

    def __init__(self, keys: Sequence[AuditKey], trusted: str | None = None) -> None:
        try:
            self.chain = check_chain(keys)
        except BadKey as error:
            raise Refused("wrong_key", str(error)) from None
        self._order = {key_id: at for at, key_id in enumerate(self.chain)}
        if trusted is not None and trusted.lower() not in {name for key in keys for name in (key.key_id, key.public_key.hex())}:
            signed_by = ", ".join(self.chain) or "none"
            raise Refused("wrong_key", f"this was signed with other keys than {trusted}", hint=f"the keys that it names: {signed_by}")

    def check(self, head: SignedHead, before: SignedHead | None = None) -> None:
        """Raises Refused unless a key of the chain signed this head, and none older than the one that signed the head before it."""
        key = self.chain.get(head.key_id)
        if key is None:
            raise Refused("wrong_key", f"head {head.size} is signed with key {head.key_id}, which is none of the log's")
        if not key.signed(head.message, head.signature):
            raise Refused("wrong_key", f"head {head.size} was not signed by key {head.key_id}: the signature does not hold")
        if before is not None and self._order[head.key_id] < self._order[before.key_id]:
            raise Refused("wrong_key", f"head {head.size} is signed with key {head.key_id}, which had been replaced before")
