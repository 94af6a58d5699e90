"""Attacks on the guarded client, with a real server on this machine."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import ssl
import zlib
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flowforge.transport.answer import PIECE_BYTES
from flowforge.transport.client import guarded_client
from flowforge.transport.failure import AnswerTooLarge, AnswerTooSlow, EgressRefused
from flowforge.transport.guard import Limits
from flowforge.transport.policy import EgressPolicy
from tests.transport.conftest import Names, Server, plain

HERE = "127.0.0.1"


async def test_a_name_is_called_where_it_was_found_with_its_own_host_header(server: Server, names: Names, local: EgressPolicy) -> None:
    names.known["hooks.example"] = [[HERE]]
    async with guarded_client(local, resolve=names) as client:
        answer = await client.get(f"http://hooks.example:{server.port}/x")
    assert answer.text == "ok"
    assert server.heard[0].headers["host"] == f"hooks.example:{server.port}"
    assert names.asked == ["hooks.example"]


async def test_a_name_that_changes_after_the_check_leads_nowhere_else(server: Server, names: Names, local: EgressPolicy) -> None:
    names.known["rebound.example"] = [[HERE], ["10.0.0.1"]]
    async with guarded_client(local, resolve=names) as client:
        assert (await client.get(f"http://rebound.example:{server.port}/")).status_code == 200
        assert names.asked == ["rebound.example"]  # looked up once: there is no second answer to be taken in by
        with pytest.raises(EgressRefused):
            await client.get(f"http://rebound.example:{server.port}/")
    assert len(server.heard) == 1


async def test_one_private_address_among_public_ones_is_enough(server: Server, names: Names, local: EgressPolicy) -> None:
    names.known["mixed.example"] = [[HERE, "192.168.0.1"]]
    async with guarded_client(local, resolve=names) as client:
        with pytest.raises(EgressRefused, match="public"):
            await client.get(f"http://mixed.example:{server.port}/")
    assert server.heard == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "100.64.1.1", "169.254.169.254", "fd00::1"])
async def test_a_name_that_leads_inside_is_refused(server: Server, names: Names, address: str) -> None:
    names.known["inside.example"] = [[address]]
    async with guarded_client(EgressPolicy(), resolve=names) as client:
        with pytest.raises(EgressRefused) as refused:
            await client.get(f"http://inside.example:{server.port}/")
    assert address not in str(refused.value)
    assert server.heard == []


async def test_redirects_are_not_followed_unless_asked_for(server: Server, local: EgressPolicy) -> None:
    server.answers = [plain(status="302 Found", location="http://10.0.0.1/")]
    async with guarded_client(local) as client:
        assert (await client.get(f"http://{HERE}:{server.port}/")).status_code == 302


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://inside.example/", "ftp://127.0.0.1/x"])
async def test_a_redirect_to_the_inside_is_refused(server: Server, names: Names, local: EgressPolicy, target: str) -> None:
    names.known["inside.example"] = [["192.168.0.1"]]
    server.answers = [plain(status="302 Found", location=target)]
    async with guarded_client(local, resolve=names, follow_redirects=True) as client:
        with pytest.raises((EgressRefused, httpx.UnsupportedProtocol)):
            await client.get(f"http://{HERE}:{server.port}/")
    assert len(server.heard) == 1


async def test_a_loop_of_redirects_ends_after_five(server: Server, local: EgressPolicy) -> None:
    server.answers = [plain(status="302 Found", location="/again")]
    async with guarded_client(local, follow_redirects=True) as client:
        with pytest.raises(httpx.TooManyRedirects):
            await client.get(f"http://{HERE}:{server.port}/")
    assert len(server.heard) == 6


async def test_credentials_do_not_go_to_another_origin(server: Server, names: Names, local: EgressPolicy) -> None:
    names.known["other.example"] = [[HERE]]
    server.answers = [plain(status="307 Temporary Redirect", location=f"http://other.example:{server.port}/"), plain()]
    async with guarded_client(local, resolve=names, follow_redirects=True) as client:
        await client.get(f"http://{HERE}:{server.port}/", headers={"authorization": "Bearer x", "x-api-key": "y", "x-kept": "z"})
    first, second = (heard.headers for heard in server.heard)
    assert first["x-api-key"] == "y" and first["authorization"] == "Bearer x"
    assert "x-api-key" not in second and "authorization" not in second and second["x-kept"] == "z"


async def test_cookies_are_not_kept(server: Server, local: EgressPolicy) -> None:
    server.answers = [plain(set_cookie="a=b")]
    async with guarded_client(local) as client:
        await client.get(f"http://{HERE}:{server.port}/")
        await client.get(f"http://{HERE}:{server.port}/")
    assert "cookie" not in server.heard[1].headers


async def test_the_environments_proxy_is_not_used(server: Server, local: EgressPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with guarded_client(local) as client:
        assert (await client.get(f"http://{HERE}:{server.port}/")).status_code == 200


@pytest.mark.parametrize("length", ["", "content-length: 100000000\r\n"])
async def test_a_huge_answer_is_broken_off(server: Server, local: EgressPolicy, length: str) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{length}\r\n".encode())
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    server.answers = [endless]
    async with guarded_client(local, limits=Limits(answer_bytes=200_000)) as client:
        with pytest.raises(AnswerTooLarge, match="200000"):
            await client.get(f"http://{HERE}:{server.port}/")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_what_unpacks_to_gigabytes_is_broken_off(server: Server, local: EgressPolicy, encoding: str) -> None:
    bomb = (gzip.compress if encoding == "gzip" else zlib.compress)(b"\0" * 30_000_000)
    assert len(bomb) < 40_000
    server.answers = [plain(bomb, content_encoding=encoding)]
    async with guarded_client(local, limits=Limits(answer_bytes=1_000_000)) as client:
        with pytest.raises(AnswerTooLarge):
            await client.get(f"http://{HERE}:{server.port}/")


async def test_what_unpacks_to_much_is_never_there_all_at_once(server: Server, local: EgressPolicy) -> None:
    server.answers = [plain(gzip.compress(b"\0" * 5_000_000), content_encoding="gzip")]
    async with guarded_client(local) as client, client.stream("GET", f"http://{HERE}:{server.port}/") as answer:
        sizes = [len(piece) async for piece in answer.aiter_bytes()]
    assert sum(sizes) == 5_000_000 and max(sizes) <= PIECE_BYTES


async def test_a_packed_answer_within_its_limits_is_unpacked(server: Server, local: EgressPolicy) -> None:
    text = b"".join(b"line %d\n" % number for number in range(50_000))
    raw = zlib.compressobj(wbits=-15)
    server.answers = [
        plain(gzip.compress(text), content_encoding="gzip"),
        plain(zlib.compress(text), content_encoding="deflate"),
        plain(raw.compress(text) + raw.flush(), content_encoding="deflate"),
    ]
    async with guarded_client(local) as client:
        for _ in range(3):
            assert (await client.get(f"http://{HERE}:{server.port}/")).content == text


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
async def test_an_answer_packed_otherwise_is_refused(server: Server, local: EgressPolicy, encoding: str) -> None:
    server.answers = [plain(b"x", content_encoding=encoding)]
    async with guarded_client(local) as client:
        with pytest.raises(EgressRefused, match="packed"):
            await client.get(f"http://{HERE}:{server.port}/")


@pytest.mark.parametrize("where", ["head", "body", "nothing"])
async def test_a_slow_answer_ends_at_the_total_time(server: Server, local: EgressPolicy, where: str) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n" + (b"" if where == "head" else b"\r\n")
        writer.write(b"" if where == "nothing" else head)
        while not writer.is_closing():
            if where != "nothing":
                writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)  # the attack itself

    server.answers = [drip]
    begun = asyncio.get_running_loop().time()
    async with guarded_client(local, limits=Limits(total_seconds=0.2)) as client:
        with pytest.raises(AnswerTooSlow, match=r"0\.2 s"):
            await client.get(f"http://{HERE}:{server.port}/")
    assert asyncio.get_running_loop().time() - begun < 2


@pytest.mark.parametrize("kind", ["one", "many", "interim"])
async def test_endless_headers_end(server: Server, local: EgressPolicy, kind: str) -> None:
    async def headers(writer: asyncio.StreamWriter) -> None:
        writer.write(b"" if kind == "interim" else b"HTTP/1.1 200 OK\r\n" + (b"x: " if kind == "one" else b""))
        while not writer.is_closing():
            writer.write({"one": b"y" * 4096, "many": b"a: b\r\n" * 500, "interim": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100}[kind])
            await writer.drain()

    server.answers = [headers]
    async with guarded_client(local, limits=Limits(total_seconds=0.5)) as client:
        with pytest.raises((httpx.RemoteProtocolError, AnswerTooSlow)):
            await client.get(f"http://{HERE}:{server.port}/")


async def test_a_connection_that_is_not_taken_is_a_time_out_of_its_own(names: Names, local: EgressPolicy) -> None:
    async def hangs(host: str, port: int) -> list[object]:
        await asyncio.Event().wait()
        return []

    async with guarded_client(local, resolve=hangs, limits=Limits(connect_seconds=0.05)) as client:  # type: ignore[arg-type]
        with pytest.raises(httpx.ConnectTimeout):
            await client.get("http://slow.example/")


async def test_a_name_that_is_not_known_is_told(local: EgressPolicy) -> None:
    async def unknown(host: str, port: int) -> list[object]:
        raise OSError("no such name")

    async with guarded_client(local, resolve=unknown) as client:  # type: ignore[arg-type]
        with pytest.raises(httpx.ConnectError, match="not a name"):
            await client.get("http://nowhere.example/")


async def test_the_certificate_is_verified_against_the_name(names: Names, local: EgressPolicy, tmp_path: Path) -> None:
    names.known = {"secure.example": [[HERE]], "other.example": [[HERE]]}
    told: list[str | None] = []
    serving, trust = _certificate(tmp_path, "secure.example")
    serving.sni_callback = lambda _socket, name, _context: told.append(name)
    server = Server()
    server.answers = [plain()]
    await server.start(serving)
    try:
        async with guarded_client(local, resolve=names, trust=trust) as client:
            assert (await client.get(f"https://secure.example:{server.port}/")).text == "ok"
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                await client.get(f"https://other.example:{server.port}/")
        assert told == ["secure.example", "other.example"]
        async with guarded_client(local, resolve=names) as client:
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                await client.get(f"https://secure.example:{server.port}/")  # its maker is not trusted here
    finally:
        await server.stop()


async def test_a_redirect_from_tls_to_plain_text_is_refused(server: Server, names: Names, local: EgressPolicy, tmp_path: Path) -> None:
    names.known = {"secure.example": [[HERE]]}
    serving, trust = _certificate(tmp_path, "secure.example")
    secure = Server()
    secure.answers = [plain(status="302 Found", location=f"http://{HERE}:{server.port}/")]
    await secure.start(serving)
    try:
        async with guarded_client(local, resolve=names, trust=trust, follow_redirects=True) as client:
            with pytest.raises(EgressRefused, match="https to http"):
                await client.get(f"https://secure.example:{secure.port}/")
    finally:
        await secure.stop()
    assert server.heard == []


def _certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server of that name, and for a client that trusts whoever certified it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "server.pem").write_bytes(private + pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(directory / "server.pem")
    return serving, ssl.create_default_context(cadata=pem.decode())
