"""Skills from addresses, of a server on this machine."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from flowforge.errors import InvalidInput
from flowforge.skills.fetch import fetch_skill
from flowforge.skills.tree import pack
from flowforge.transport.policy import LOOPBACK, EgressPolicy, replace_policy
from tests.skills.test_tree import FILES, inside, tarred

ARCHIVE = pack("refunds", FILES)
HASH = hashlib.sha256(ARCHIVE).hexdigest()
REPOSITORY = tarred(inside("main/skills/refunds", FILES))


@pytest.fixture(autouse=True)
def loopback_is_allowed() -> Iterator[None]:
    before = replace_policy(EgressPolicy(allow=LOOPBACK))
    yield
    replace_policy(before)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Serves one answer at an address of this machine."""
    servers: list[asyncio.Server] = []

    async def begin(body: bytes, status: str = "200 OK", headers: str = "", *, lasts: bool = False) -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            length = len(body) + (10_000 if lasts else 0)
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n".encode() + body)
            await writer.drain()
            if lasts:
                await reader.read()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/skill.zip"

    yield begin
    for server in servers:
        server.close()


async def test_an_archive_with_the_hash_that_was_given_is_the_skill(serve):
    fetched = await fetch_skill(await serve(ARCHIVE), HASH)
    assert (fetched.skill.files, fetched.archive_sha256) == (FILES, HASH)

    found = await fetch_skill(f"{await serve(REPOSITORY)}#subfolder=skills/refunds", hashlib.sha256(REPOSITORY).hexdigest())
    assert found.skill.files == FILES


async def test_an_archive_with_another_hash_is_refused(serve):
    with pytest.raises(InvalidInput, match=f"has the SHA-256 {HASH}, which is another one") as caught:
        await fetch_skill(await serve(ARCHIVE), "0" * 64)
    assert caught.value.pointer == "/sha256"


async def test_a_redirect_is_followed_but_not_to_where_this_server_may_not_call(serve):
    target = await serve(ARCHIVE)
    assert (await fetch_skill(await serve(b"", "302 Found", f"location: {target}\r\n"), HASH)).skill.name == "refunds"

    for private in ("http://169.254.169.254/latest", "http://10.0.0.1/x.zip", "http://[::ffff:10.0.0.1]/x.zip", "file:///etc/passwd"):
        with pytest.raises(InvalidInput) as caught:
            await fetch_skill(await serve(b"", "302 Found", f"location: {private}\r\n"), HASH)
        assert caught.value.pointer == "/url"
        assert "latest" not in caught.value.message


async def test_an_address_of_a_private_network_is_not_called():
    replace_policy(EgressPolicy())
    for url in ("https://127.0.0.1/x.zip", "https://localhost/x.zip", "https://192.168.1.1/x.zip"):
        with pytest.raises(InvalidInput, match="may not be called from here"):
            await fetch_skill(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/x.zip", "over http could be anybody's"),
        ("ftp://example.com/x.zip", "must begin with https"),
        ("x.zip", "must begin with https"),
        ("https://", "must begin with https"),
        ("https://[bad/x.zip", "no address"),
        ("https://example.com/x.zip#folder=a", "may stand subfolder="),
        ("https://example.com/" + "x" * 2_000, "must begin with https"),
        ("https://user:pass@example.com/x.zip", "a user or a password"),
    ],
    ids=["http", "ftp", "no scheme", "no host", "brackets", "fragment", "long", "credentials"],
)
async def test_an_address_that_cannot_be_one_is_refused_before_anything_is_asked(url: str, words: str):
    with pytest.raises(InvalidInput, match=words) as caught:
        await fetch_skill(url)
    assert caught.value.pointer == "/url"


async def test_what_is_not_an_archive_or_not_a_skill_is_told_of_the_address(serve):
    for body, status, words in ((b"no", "404 Not Found", "answered with 404"), (b"<html>", "200 OK", "no zip, tar or tar.gz")):
        with pytest.raises(InvalidInput, match=words) as caught:
            await fetch_skill(await serve(body, status), hashlib.sha256(body).hexdigest())
        assert caught.value.pointer == "/url"


async def test_an_answer_that_is_too_large_or_breaks_off_is_refused(serve, monkeypatch):
    from flowforge.transport.guard import Limits

    monkeypatch.setattr("flowforge.skills.fetch.LIMITS", Limits(total_seconds=0.5, answer_bytes=1_000))
    with pytest.raises(InvalidInput, match="is larger than 1000 bytes"):
        await fetch_skill(await serve(bytes(5_000)), HASH)
    with pytest.raises(InvalidInput, match=r"has not answered within 0\.5 s"):
        await fetch_skill(await serve(b"PK", lasts=True), HASH)
