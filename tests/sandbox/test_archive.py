"""Archives from strangers: what is taken, and each attack with its answer."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import subprocess
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowforge.errors import InvalidInput
from flowforge.sandbox.archive import ArchiveLimits, read_archive

SMALL = ArchiveLimits(total_bytes=200_000, file_bytes=100_000, files=10, ratio=100)


def zipped(*members, method=zipfile.ZIP_DEFLATED) -> bytes:
    """Of names, or ZipInfos, with their content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(*members, form=tarfile.PAX_FORMAT, **more) -> bytes:
    """Of names with their content, or of TarInfos."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form, **more) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = info.size or len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def refused(data: bytes, words: str, limits: ArchiveLimits = SMALL) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_archive(data, limits)


FILES = (("SKILL.md", b"# Refunds"), ("scripts/run.py", b"print(1)\n" * 50), ("empty", b""))


@pytest.mark.parametrize(
    "data",
    [
        zipped(*FILES),
        zipped(*FILES, method=zipfile.ZIP_STORED),
        tarred(*FILES),
        tarred(*FILES, form=tarfile.GNU_FORMAT),
        tarred(*FILES, form=tarfile.USTAR_FORMAT),
        gzip.compress(tarred(*FILES)),
    ],
    ids=["deflated", "stored", "pax", "gnu", "ustar", "tar.gz"],
)
def test_a_plain_archive_is_its_files(data):
    assert read_archive(data) == dict(FILES)


@pytest.mark.thorough
def test_what_tar_itself_writes_is_read(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / ("long-" * 40)).write_bytes(b"x")
    (tmp_path / "SKILL.md").write_bytes(b"# Title")
    packed = subprocess.run(["tar", "-cz", "-C", tmp_path, "."], check=True, capture_output=True).stdout

    assert read_archive(packed) == {"scripts/" + "long-" * 40: b"x", "SKILL.md": b"# Title"}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names_are_whole(form):
    name = "/".join(["directory-" * 8] * 4) + "/ß.txt"

    assert read_archive(tarred((name, b"x"), form=form)) == {name: b"x"}


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/passwd",
        "a//b",
        "a/./b",
        "..",
        "C:evil",
        "a\\..\\evil",
        "a/\x07",
        "con",
        "a/nul.txt",
        "dot.",
        " a",
        "é" * 200,
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(pack, name):
    refused(pack((name, b"x")), "file name")


def test_links_devices_and_pipes_are_refused():
    for kind, word in ((tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "link"), (tarfile.CHRTYPE, "device"), (tarfile.FIFOTYPE, "pipe")):
        refused(tarred((special("innocent", kind, "../../etc/passwd"), b"")), word)
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR):
        info = zipfile.ZipInfo("innocent")
        info.external_attr = (kind | 0o777) << 16
        refused(zipped((info, "/etc/passwd")), "link or a device")


def test_a_sparse_file_is_refused():
    old = tarfile.TarInfo("sparse")
    old.type = tarfile.GNUTYPE_SPARSE
    refused(tarred((old, b""), form=tarfile.GNU_FORMAT), "sparse")
    new = tarfile.TarInfo("sparse")
    new.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": "1099511627776"}
    refused(tarred((new, b"x")), "sparse")


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "a"), ("README", "readme"), ("é", "e\u0301"), ("a", "a/b"), ("a/b", "a"), ("A/b", "a/c"), ("straße", "STRASSE")],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_that_are_one_file_somewhere_are_refused(pack, one, other):
    refused(pack((one, b"1"), (other, b"2")), "twice|same file")


def test_a_bomb_goes_off_at_the_limit():
    limits = replace(SMALL, total_bytes=64 * 1024 * 1024, file_bytes=64 * 1024 * 1024)
    content = bytes(60 * 1024 * 1024)
    for bomb in (zipped(("bomb", content)), gzip.compress(tarred(("bomb", content)))):
        tracemalloc.start()
        refused(bomb, "times its size", limits)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(bomb) < 200_000 and peak < 45 * 1024 * 1024


def test_sizes_are_counted_and_not_believed():
    lying = bytearray(zipped(("bomb", bytes(150_000))))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", lying, lying.index(signature) + at, 5)

    refused(bytes(lying), "damaged|larger")
    refused(zipped(("one", bytes(100_001))), "larger than 100000")
    refused(tarred(("one", bytes(100_001))), "larger than 100000")
    refused(zipped(*((str(n), bytes(90_000)) for n in range(3))), "more than 200000")
    refused(bytes(SMALL.archive_bytes + 1), "larger than")


def test_members_that_share_their_bytes_are_refused():
    data = zipped(("kernel", bytes(50_000)), ("other", b""))
    directory = data.index(b"PK\x01\x02")
    entry = data[directory : data.index(b"PK\x01\x02", directory + 1)]
    packed = (
        data[: directory + len(entry)]
        + entry.replace(b"kernel", b"kernem")
        + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), directory, 0)
    )

    refused(packed, "overlap")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_there_is_an_end_to_the_number_of_files_and_of_directories(pack):
    refused(pack(*((f"{n}", b"") for n in range(11))), "more than 10 files")
    refused(pack(*((f"{n}/", b"") for n in range(41))), "more than 40 entries")


def test_an_archive_inside_is_not_opened():
    inner = zipped(("bomb", bytes(90_000)))

    assert read_archive(zipped(("inner.zip", inner)), SMALL) == {"inner.zip": inner}


def test_encrypted_and_strangely_packed_members_are_refused():
    encrypted = bytearray(zipped(("a", b"x")))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + at] |= 1

    refused(bytes(encrypted), "encrypted")
    refused(zipped(("a", b"x"), method=zipfile.ZIP_LZMA), "packed in a way")


def test_a_name_in_another_encoding_is_refused():
    legacy = zipped(("aaa", b"x")).replace(b"aaa", "ä!".encode("cp437") + b"a")
    refused(legacy, "not UTF-8")
    refused(tarred(("\udce4", b"x"), form=tarfile.USTAR_FORMAT, errors="surrogateescape"), "not UTF-8")


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"hello", b"\x1f\x8b", b"\x1f\x8bxxxx", gzip.compress(b"hello", mtime=0), b"PK\x03\x04" + b"x" * 99]
)
def test_what_is_no_archive_is_refused(data):
    refused(data, "this is no|damaged")


def test_what_is_cut_off_or_followed_by_more_is_refused():
    whole = tarred(("a", b"x" * 2000))
    refused(whole[:1500], "damaged")
    refused(whole + b"more", "damaged")
    refused(gzip.compress(whole)[:-10], "damaged")
    refused(zipped(("a", b"x" * 2000))[:-10], "damaged")


def test_headers_upon_headers_are_no_hole():
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 512
    record = b"11 path=ab\n"
    one = header.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")

    refused(one * 5000, "damaged")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(["zip", "tar", "tgz"]))
def test_one_changed_byte_gives_files_or_a_refusal(at, value, form):
    data = bytearray({"zip": zipped(*FILES), "tar": tarred(*FILES), "tgz": gzip.compress(tarred(*FILES), mtime=0)}[form])
    data[at % len(data)] = value
    with suppress(InvalidInput):
        assert len(read_archive(bytes(data))) <= 3
