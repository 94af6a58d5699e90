"""`flowforge audit`: what verifies needs files alone."""

from __future__ import annotations

import json

import pytest
import respx
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowforge.access.principal import Principal
from flowforge.audit.entry import TEXTS, Act, make_leaf, salt_of
from flowforge.audit.head import sign_head
from flowforge.audit.key import make_key
from flowforge.audit.merkle import CompactRange, consistency_spans, leaf_hash
from flowforge.audit.proof_file import consistency_json, inclusion_json
from flowforge.cli import main
from flowforge.clock import SYSTEM_CLOCK
from flowforge.ids import DEFAULT_TENANT, new_id

URL = "http://127.0.0.1:8288"
ENTRY = {
    "id": "aud_01968f3ac8b17c02a3f08241a2f70031",
    "position": 2,
    "at": "2026-11-22T09:14:02.120331Z",
    "principal": {"kind": "person", "name": "mira", "id": None},
    "action": "task.move",
    "target": {"kind": "task", "name": None},
    "detail": {"to": "Done"},
    "request_id": None,
    "erased": ["target"],
}


def flowforge(*arguments):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def server():
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


class Written:
    """A log of four entries with heads over two and four, as files."""

    def __init__(self, directory):
        private, at, tree = Ed25519PrivateKey.generate(), SYSTEM_CLOCK.now(), CompactRange()
        key = make_key(private, at, previous=None, signer=None)
        mira, self.heads, self.key = Principal(DEFAULT_TENANT, "person", "mira"), [], key
        self.lines = [{"type": "export", "format": "flowforge-audit/1", "tenant": str(DEFAULT_TENANT), "at": "2099"}, key.as_json()]
        hashes = []
        for n in range(4):
            act = Act("user.create", "user", f"user {n}", "{}")
            leaf = make_leaf(new_id(), mira, act, at, None)
            hashes.append(leaf_hash(leaf.text.encode()))
            tree.append(hashes[-1])
            texts = dict(zip(TEXTS, ("mira", act.target, act.detail), strict=True))
            shown = {name: [salt_of(leaf.salts, name).hex(), text] for name, text in texts.items()}
            self.lines.append({"type": "entry", "position": n, "hash": hashes[-1].hex(), "leaf": leaf.text, **shown})
            if n % 2:
                before = self.heads[-1].digest if self.heads else None
                self.heads.append(sign_head(DEFAULT_TENANT, n + 1, tree.root(), at, previous=before, key_id=key.key_id, private=private))
                self.lines.append(self.heads[-1].as_json())
        self.lines.append({"type": "end", "entries": 4, "heads": 2})
        entry = dict(self.lines[2])
        right = CompactRange()
        for one in hashes[2:]:
            right.append(one)
        assert consistency_spans(2, 4) == [(2, 4)]
        self.proof = inclusion_json(entry, [hashes[1], right.root()], self.heads[1], [key])
        self.consistency = consistency_json(self.heads[0], self.heads[1], [right.root()], [key])
        self.export = self.write(directory / "audit.jsonl", *self.lines)
        self.kept = self.write(directory / "heads.jsonl", *(head.as_json() for head in self.heads))
        self.proof_file = self.write(directory / "proof.json", self.proof)
        self.consistency_file = self.write(directory / "consistency.json", self.consistency)

    def write(self, path, *lines):
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path)


def test_an_export_is_verified_and_what_that_does_not_show_is_said(written):
    code, out, err = flowforge("audit", "verify", written.export, "--heads", written.kept, "--key", written.key.key_id)

    assert code == 0
    assert "4 entries, all of them under a signed head" in out and "2 heads that were kept elsewhere" in out
    assert "does not show" in err
    assert json.loads(flowforge("audit", "verify", written.export, "--json")[1])["entries"] == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[3].update(leaf=lines[3]["leaf"].replace("user", "task")), "entry 1 was changed"),
        (lambda lines: lines.pop(3), "entries are missing: a head covers 2, and only 1 come before it"),
        (lambda lines: lines.pop(), "the export is cut"),
        (lambda lines: lines.insert(2, lines.pop(3)), "not in their order"),
        (lambda lines: lines.pop(4) and lines[-1].update(heads=1), "does not follow"),
    ],
)
def test_an_export_that_was_changed_is_refused_in_words_of_its_own(written, change, said):
    change(written.lines)
    written.write(written.export, *written.lines)

    code, out, err = flowforge("audit", "verify", written.export)

    assert code == 1 and out == "" and said in err


def test_a_cut_tail_a_fork_and_a_wrong_key_are_refused(written, tmp_path):
    shorter = written.write(tmp_path / "shorter.jsonl", *written.lines[:5], {"type": "end", "entries": 2, "heads": 1})
    assert flowforge("audit", "verify", shorter)[0] == 0
    code, _, err = flowforge("audit", "verify", shorter, "--heads", written.kept)
    assert code == 1 and "the tail is cut" in err

    other = tmp_path / "other"
    other.mkdir()
    forked = Written(other)
    code, _, err = flowforge("audit", "compare", f"{written.kept}:4", f"{forked.kept}:4")
    assert code == 1 and "the log is forked" in err
    code, _, err = flowforge("audit", "verify", written.export, "--key", forked.key.public_key.hex())
    assert code == 1 and "signed with other keys" in err


def test_a_proof_is_verified(written):
    code, out, _ = flowforge("audit", "verify", written.proof_file, "--key", written.key.key_id)
    assert code == 0 and "entry 0: mira user.create user 0" in out and "in the log of 4 entries" in out

    written.write(written.proof_file, {**written.proof, "path": written.proof["path"][::-1]})
    code, _, err = flowforge("audit", "verify", written.proof_file)
    assert code == 1 and "does not show that this is entry 0" in err


def test_heads_are_compared_by_a_proof_in_a_file(written):
    code, out, _ = flowforge("audit", "compare", f"{written.kept}:2", f"{written.kept}:4", "--proof", written.consistency_file)
    assert code == 0 and "nothing in its first 2 entries was changed" in out


def test_heads_are_compared_by_a_proof_of_the_server(written, server):
    server.get("/v1/audit/consistency").respond(json=written.consistency)
    assert flowforge("audit", "compare", "2", "4", "--json") == (0, '{"consistent": true, "sizes": [2, 4]}\n', "")
    assert flowforge("audit", "compare", f"{written.kept}:2", "4")[0] == 0


@pytest.mark.parametrize("wrong", [("nowhere.json", "4"), ("{kept}", "4"), ("{kept}:3", "4")])
def test_what_names_no_head_is_refused(written, wrong):
    code, out, err = flowforge("audit", "compare", *(text.format(kept=written.kept) for text in wrong))
    assert (code, out) == (2, "") and err.startswith("✗")


def test_entries_are_listed(server):
    asked = server.get("/v1/audit").respond(json={"data": [ENTRY], "next_cursor": None})
    code, out, _ = flowforge("audit", "--action", "task.", "--since", "1h")
    assert code == 0 and out.startswith('a2f70031  mira  task.move  (erased)  {"to": "Done"}')
    assert asked.calls[0].request.url.params["action"] == "task."


def test_an_export_and_a_proof_are_written_to_files(written, server, tmp_path):
    server.get("/v1/audit/export").respond(content=written.export.read_bytes())
    server.get("/v1/audit/31").respond(json={**ENTRY, "proof": written.proof})
    for arguments in [("export", "-o", tmp_path / "a"), ("prove", "31", "-o", tmp_path / "b")]:
        assert flowforge("audit", *arguments)[0] == 0
        assert flowforge("audit", "verify", arguments[-1])[0] == 0


def test_a_proof_that_is_not_there_yet_is_told(server):
    server.get("/v1/audit/31").respond(json={**ENTRY, "proof": None})
    code, _, err = flowforge("audit", "prove", "31")
    assert code == 1 and "no signed head covers" in err


def test_heads_and_keys_are_printed(written, server):
    server.get("/v1/audit/heads").respond(json={"data": [written.heads[1].as_json()], "next_cursor": None})
    key = {**written.key.as_json(), "valid_from": "2026-11-01T08:00:00Z", "valid_until": None}
    server.get("/v1/audit/keys").respond(json={"data": [key], "next_cursor": None})
    server.post("/v1/audit/keys").respond(201, json=key)

    assert json.loads(flowforge("audit", "heads")[1]) == written.heads[1].as_json()
    assert written.key.public_key.hex() in flowforge("audit", "keys")[1]
    assert flowforge("audit", "rotate-key")[1] == f"{written.key.key_id}\n"
