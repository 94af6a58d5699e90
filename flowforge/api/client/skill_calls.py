"""Skills as archives: what `create` takes as texts, in one piece."""

from __future__ import annotations

from flowforge.api.client.models import SkillVersion
from flowforge.api.client.noun import Mode, Noun, call
from flowforge.api.client.talk import Talk

_ZIP = b"PK"


class SkillCalls(Noun[Mode]):
    """`client.skills`"""

    @call
    def create_from_archive(
        self,
        content: bytes,
        /,
        *,
        label: str | None = None,
        vouched: bool | None = None,
        subfolder: str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[SkillVersion]:
        """A version of a skill out of a zip or a gzipped tar of its folder; the parameters are those of `create`.

        >>> client.skills.create_from_archive(Path("refunds.zip").read_bytes()).name     # doctest: +SKIP
        """
        return self._exchange.ask(
            SkillVersion,
            "POST",
            "/v1/skills",
            content=content,
            media_type="application/zip" if content.startswith(_ZIP) else "application/gzip",
            params={"label": label, "vouched": vouched, "subfolder": subfolder},
            idempotency_key=idempotency_key,
        )
