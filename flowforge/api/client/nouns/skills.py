"""`client.skills`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, body_of, call, listing, part
from flowforge.api.client.skill_calls import SkillCalls
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Skills(SkillCalls[Mode]):
    """`client.skills`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Skill]:
        """List skills.

        By name, each as the version that its bare name means. A skill of the tenant hides a published one of the same name.
        """
        return self._exchange.listing(models.Skill, "/v1/skills", limit=limit)

    @call
    def create(
        self,
        *,
        files: Mapping[str, str],
        label: str | None = None,
        vouched: bool | None = None,
        subfolder: str | None = None,
        base64_files: Mapping[str, str] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.SkillVersion]:
        """Add a version of a skill.

        From a zip, tar or tar.gz, or from its files in JSON. The same files again are the version that they are, with 200.
        """
        return self._exchange.ask(
            models.SkillVersion,
            "POST",
            "/v1/skills",
            params={"label": label, "vouched": vouched, "subfolder": subfolder},
            body=body_of({"files": files, "base64_files": base64_files}),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, skill: str, /) -> Talk[models.SkillDetail]:
        """Show a skill.

        With its instructions and a list of its files.
        """
        return self._exchange.ask(models.SkillDetail, "GET", f"/v1/skills/{part(skill)}")

    @call
    def delete(self, skill: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a skill.

        A version, or with a bare name all of them. 409 while an agent has it, or a run that began with it has not ended.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/skills/{part(skill)}", idempotency_key=idempotency_key)

    @listing
    def versions(self, skill: str, /, *, limit: int | None = None) -> Items[models.SkillVersion]:
        """List the versions of a skill.

        Newest first.
        """
        return self._exchange.listing(models.SkillVersion, f"/v1/skills/{part(skill)}/versions", limit=limit)

    @call
    def file(self, skill: str, /, *, path: str) -> Talk[models.SkillContent]:
        """Read a file of a skill.

        One file of a version: its text, or its bytes in base64.
        """
        return self._exchange.ask(models.SkillContent, "GET", f"/v1/skills/{part(skill)}/file", params={"path": path})

    @call
    def diff(self, skill: str, /, *, from_: str, to: str | None = None) -> Talk[models.SkillDiff]:
        """Compare two versions of a skill.

        Which files differ, and the lines of those that are text.
        """
        return self._exchange.ask(models.SkillDiff, "GET", f"/v1/skills/{part(skill)}/diff", params={"from": from_, "to": to})

    @listing
    def export(self, skill: str, /) -> Items[bytes]:
        """Export a skill.

        A zip with the skill's folder, which can be added again anywhere and is the same version there.
        """
        return self._exchange.pieces("GET", f"/v1/skills/{part(skill)}/archive")

    @listing
    def agents(self, skill: str, /, *, limit: int | None = None) -> Items[models.SkillUser]:
        """List the agents that have a skill.

        By name, with the version that each would get now.
        """
        return self._exchange.listing(models.SkillUser, f"/v1/skills/{part(skill)}/agents", limit=limit)

    @call
    def deprecate(
        self, skill: str, /, *, reason: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.SkillVersion]:
        """Deprecate a skill.

        A version, or with a bare name all of them. It can be used still; a bare name means the newest that is not deprecated.
        """
        return self._exchange.ask(
            models.SkillVersion,
            "PUT",
            f"/v1/skills/{part(skill)}/deprecation",
            body=body_of({"reason": reason}),
            idempotency_key=idempotency_key,
        )

    @call
    def undeprecate(self, skill: str, /, *, idempotency_key: str | None = None) -> Talk[models.SkillVersion]:
        """Take a deprecation back.

        Of a version, or with a bare name of all of them.
        """
        return self._exchange.ask(models.SkillVersion, "DELETE", f"/v1/skills/{part(skill)}/deprecation", idempotency_key=idempotency_key)

    @call
    def import_from(
        self,
        *,
        url: str | Unset | None = UNSET,
        shared: str | Unset | None = UNSET,
        sha256: str | Unset | None = UNSET,
        label: str | Unset | None = UNSET,
        vouched: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.SkillVersion]:
        """Import a skill.

        Fetched once, by this server, from where it may call; what is kept is a copy. An import again of the same files makes no
        version.
        """
        return self._exchange.ask(
            models.SkillVersion,
            "POST",
            "/v1/skill_imports",
            body=body_of({"url": url, "shared": shared, "sha256": sha256, "label": label, "vouched": vouched}),
            idempotency_key=idempotency_key,
        )

    @call
    def share(self, skill: str, /, *, with_: str | None, idempotency_key: str | None = None) -> Talk[models.SharedSkill]:
        """Share a skill.

        The version that it means now, as a copy for others to import. Not told: whether that tenant exists.
        """
        return self._exchange.ask(
            models.SharedSkill, "POST", f"/v1/skills/{part(skill)}/shares", body=body_of({"with": with_}), idempotency_key=idempotency_key
        )

    @listing
    def shared(self, *, limit: int | None = None) -> Items[models.SharedSkill]:
        """List shared skills.

        What this tenant shares, and what others share with it or with everybody.
        """
        return self._exchange.listing(models.SharedSkill, "/v1/shared_skills", limit=limit)

    @call
    def unshare(self, share: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Stop sharing a skill.

        Who has imported it keeps the copy.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/shared_skills/{part(share)}", idempotency_key=idempotency_key)
