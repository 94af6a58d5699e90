"""Skills in archives: found, refused, packed again, and named by their hash."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import tarfile
import time
import zipfile

import pytest

from flowforge.errors import InvalidInput
from flowforge.skills.skill import available_skills
from flowforge.skills.tree import pack, tree_hash, unpack

SKILL = b"---\nname: refunds\ndescription: How we pay back.\n---\nLook first.\n"
FILES = {"SKILL.md": SKILL, "references/law.md": b"\xc2\xa7 1", "assets/logo.png": bytes(range(256))}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def tarred(files: dict[str, bytes], *more: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return packed.getvalue()


def inside(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{path}": data for path, data in files.items()}


@pytest.mark.parametrize(
    "data",
    [
        zipped(FILES),
        tarred(FILES),
        zipped(inside("refunds", FILES)),
        tarred(inside("./refunds", FILES)),
        zipped(inside("refunds", FILES) | {"__MACOSX/._SKILL.md": b"x", "refunds/.DS_Store": b"x", "refunds/__pycache__/a.pyc": b"x"}),
    ],
    ids=["zip", "tar.gz", "zip of a folder", "tar.gz of a folder", "zip by a Mac"],
)
def test_a_skill_is_found_in_an_archive_and_is_the_same_whatever_packed_it(data: bytes):
    skill = unpack(data)

    assert (skill.name, skill.files) == ("refunds", FILES)
    assert tree_hash(skill.tree) == tree_hash(FILES)


def test_what_is_packed_is_the_same_bytes_each_time_and_the_same_skill_again():
    packed = pack("refunds", FILES)

    assert packed == pack("refunds", dict(reversed(FILES.items())))
    assert unpack(packed).files == FILES
    # For good: what stands in databases and in agents' pins.
    assert tree_hash(FILES).hex() == "1f06bdebd65fc6c5c09d457e4988ba889661ba515a17faf8f9b63231dfd35c56"
    assert hashlib.sha256(packed).hexdigest() == "70df7870aeb1371def98653f054d38dae31edd933e17b7eef2d7a61ec2725831"


def test_what_is_packed_is_what_other_programs_open(tmp_path):
    (tmp_path / "skill.zip").write_bytes(pack("refunds", FILES))
    subprocess.run(["python3", "-m", "zipfile", "-e", "skill.zip", "."], cwd=tmp_path, check=True)

    assert (tmp_path / "refunds" / "assets" / "logo.png").read_bytes() == FILES["assets/logo.png"]


def test_every_built_in_skill_comes_back_from_its_archive_as_it_went():
    for skill in available_skills():
        again = unpack(pack(skill.name, skill.tree))
        assert (again, tree_hash(again.tree)) == (skill, tree_hash(skill.tree))


def test_a_change_of_a_byte_a_name_or_a_place_is_another_hash():
    changed = [
        {**FILES, "SKILL.md": SKILL + b" "},
        {**FILES, "references/law2.md": b"\xc2\xa7 1"},
        {path.replace("references/law.md", "references/Law.md"): data for path, data in FILES.items()},
        {path: data for path, data in FILES.items() if path != "assets/logo.png"},
        {"SKILL.md": SKILL, "references/law.md": FILES["assets/logo.png"], "assets/logo.png": FILES["references/law.md"]},
    ]
    assert len({tree_hash(files) for files in (FILES, *changed)}) == 6


@pytest.mark.parametrize("subfolder", ["skills/refunds", "/skills/refunds/", "main/skills/refunds"])
def test_a_folder_of_a_repository_is_taken_from_its_archive(subfolder: str):
    files = inside("main/skills/refunds", FILES) | {"main/skills/other/SKILL.md": b"x", "main/README.md": os.urandom(2_000_000)}

    assert unpack(tarred(files), subfolder).files == FILES


@pytest.mark.parametrize("subfolder", ["skills", "skills/other", "..", "skills/../skills/refunds", "refunds"])
def test_a_folder_that_holds_no_skill_is_refused(subfolder: str):
    with pytest.raises(InvalidInput, match=r"there is no SKILL\.md in") as caught:
        unpack(zipped(inside("main/skills/refunds", FILES)), subfolder)
    assert caught.value.pointer == "/subfolder"


def _entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def _zip_link() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("SKILL.md", SKILL)
        link = zipfile.ZipInfo("references/passwd")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return packed.getvalue()


def _latin_name() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("é.md"), io.BytesIO(b""))
    return packed.getvalue()


BAD = {
    "traversal": (lambda: zipped({**FILES, "../evil": b"x"}), "has the part '..'"),
    "traversal inside": (lambda: tarred({**FILES, "references/../../evil": b"x"}), "has the part '..'"),
    "absolute": (lambda: tarred({**FILES, "/etc/cron.d/x": b"x"}), "is absolute"),
    "drive": (lambda: zipped({**FILES, "C:evil": b"x"}), "a backslash or a colon"),
    "backslash": (lambda: zipped({**FILES, "..\\evil": b"x"}), "a backslash or a colon"),
    "symlink in tar": (lambda: tarred(FILES, _entry("passwd", tarfile.SYMTYPE, "/etc/passwd")), "is a link"),
    "symlink in zip": (_zip_link, "is a link"),
    "hard link": (lambda: tarred(FILES, _entry("hard", tarfile.LNKTYPE, "SKILL.md")), "is a link"),
    "device": (lambda: tarred(FILES, _entry("null", tarfile.CHRTYPE)), "is a device"),
    "pipe": (lambda: tarred(FILES, _entry("pipe", tarfile.FIFOTYPE)), "is a pipe"),
    "ratio bomb": (lambda: zipped({**FILES, "zeros": bytes(30_000_000)}), "larger than 1048576 bytes"),
    "bomb of many": (lambda: zipped({**FILES, **{f"zeros/{n}": bytes(1_000_000) for n in range(40)}}), "unpacks to more than"),
    "nested bomb": (lambda: zipped({"inner.zip": zipped({"SKILL.md": bytes(1_000_000)})}), r"there is no SKILL\.md"),
    "gzip bomb": (lambda: tarred({"zeros": bytes(40_000_000)}), "unpacks to more than"),
    "too many": (lambda: zipped({**FILES, **{f"{n}.md": b"x" for n in range(300)}}), "files"),
    "100,000 entries": (lambda: zipped(FILES, zipfile.ZIP_STORED) + b"PK\x01\x02" * 100_000, "entries"),
    "NUL in a name": (lambda: tarred(FILES, _entry("a\0b", tarfile.REGTYPE)), ""),
    "reserved name": (lambda: zipped({**FILES, "references/NUL.md": b"x"}), "means a device"),
    "trailing dot": (lambda: zipped({**FILES, "references/law.md.": b"x"}), "ends with a dot"),
    "not UTF-8": (_latin_name, "is not UTF-8"),
    "two spellings": (lambda: zipped({**FILES, "References/law.md": b"x"}), "the same file on some systems"),
    "SKILL.md deeper": (lambda: zipped(inside("a/b", FILES)), "holds its SKILL.md in a/b"),
    "SKILL.md beside others": (lambda: zipped({**inside("refunds", FILES), "README.md": b"x"}), "holds its SKILL.md in refunds"),
    "two skills": (lambda: zipped(inside("a", FILES) | inside("b", FILES)), "holds 2 skills: a, b"),
    "a second SKILL.md": (lambda: zipped({**FILES, "references/skill.MD": SKILL}), "a skill has one SKILL.md"),
    "no SKILL.md": (lambda: zipped({"README.md": b"x"}), r"there is no SKILL\.md"),
    "lower-case skill.md": (lambda: zipped({"skill.md": SKILL}), "SKILL.md"),
    "empty": (lambda: zipped({}), r"there is no SKILL\.md"),
    "no archive": (lambda: b"PK\x03\x04 no archive", "damaged"),
    "nothing": (lambda: b"", "no zip, tar or tar.gz"),
    "large": (lambda: b"PK\x03\x04" + bytes(13_000_000), "larger than"),
    "large file": (lambda: zipped({**FILES, "a.bin": bytes(1024 * 1024 + 1)}, zipfile.ZIP_STORED), "larger than 1048576 bytes"),
    "front matter": (lambda: zipped({"SKILL.md": b"no front matter"}), "has no front matter"),
    "latin text": (lambda: zipped({"SKILL.md": SKILL + b"\xe9"}), "is not UTF-8"),
    "UTF-16": (lambda: zipped({"SKILL.md": SKILL.decode().encode("utf-16")}), "is not UTF-8"),
}


@pytest.mark.parametrize("what", BAD)
def test_an_archive_that_holds_something_else_is_refused_quickly_and_in_one_sentence(what: str):
    make, words = BAD[what]
    data = make()
    begun = time.process_time()
    if what == "NUL in a name":  # tar ends a name there
        assert "a" in unpack(data).files
        return
    with pytest.raises(InvalidInput, match=words) as caught:
        unpack(data)

    assert time.process_time() - begun < 1.0
    assert "\n" not in caught.value.message and len(caught.value.message) < 400
