"""A skill from an address: a zip or tar.gz, fetched through the guarded transport, opened in memory."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx

from flowforge.errors import InvalidInput
from flowforge.skills.skill import Skill
from flowforge.skills.tree import ARCHIVE_BYTES_MAX, unpack
from flowforge.transport.client import guarded_client
from flowforge.transport.failure import EgressError
from flowforge.transport.guard import Limits

URL_LENGTH_MAX = 2_000
LIMITS = Limits(total_seconds=30.0, answer_bytes=ARCHIVE_BYTES_MAX)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FetchedSkill:
    """A skill with the hash of the archive that it came in."""

    skill: Skill
    archive_sha256: str


async def fetch_skill(url: str, sha256: str | None = None) -> FetchedSkill:
    """The skill in the archive at `url`; `#subfolder=skills/review` names a folder of it. `sha256` is the archive's, where it is known.

    Without that hash the address must begin with https. Raises InvalidInput, with a pointer, for an address that may not be called or does
    not give an archive in time, for one with another hash, and for what `unpack` refuses.
    """
    address, subfolder = _read(url, sha256)
    data = await _answer(address)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and not hmac.compare_digest(found, sha256.lower()):
        raise InvalidInput(f"what is there has the SHA-256 {found}, which is another one", pointer="/sha256")
    try:
        return FetchedSkill(await asyncio.to_thread(unpack, data, subfolder), found)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer="/url", hint=error.hint) from None


def _read(url: str, sha256: str | None) -> tuple[str, str | None]:
    """The address without what stands behind #, and the folder that is named there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidInput("this is no address", pointer="/url") from None
    if sha256 is not None and not _SHA256.fullmatch(sha256.lower()):
        raise InvalidInput("a SHA-256 has 64 hexadecimal digits", pointer="/sha256")
    if parts.scheme not in ("https", "http") or not parts.hostname or len(url) > URL_LENGTH_MAX:
        raise InvalidInput("the address must begin with https:// and name a host", pointer="/url")
    if parts.scheme == "http" and sha256 is None:
        raise InvalidInput("what comes over http could be anybody's", pointer="/url", hint="use https, or give the sha256 of the archive")
    wanted = parse_qs(parts.fragment)
    if unknown := wanted.keys() - {"subfolder"}:
        raise InvalidInput(f"behind # may stand subfolder=, not {sorted(unknown)[0][:40]!r}", pointer="/url")
    return urlunsplit(parts._replace(fragment="")), wanted["subfolder"][-1] if wanted else None


async def _answer(url: str) -> bytes:
    try:
        async with guarded_client(
            limits=LIMITS, follow_redirects=True, headers={"accept": "application/zip, application/gzip, */*"}
        ) as client:
            answer = await client.get(url)
    except EgressError as error:
        raise InvalidInput(error.message, pointer="/url", hint=error.hint) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InvalidInput(f"nothing could be fetched from there: {str(error)[:200] or type(error).__name__}", pointer="/url") from None
    if answer.status_code != 200:
        raise InvalidInput(f"the address was answered with {answer.status_code}, not with an archive", pointer="/url")
    return answer.content
