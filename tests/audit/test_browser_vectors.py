"""What the tests of the pages take for a log is one."""

from __future__ import annotations

from flowforge.audit.head import read_head_json
from flowforge.audit.proof_file import CONSISTENCY, INCLUSION, compare_heads, verify_inclusion
from tests.audit.browser_vectors import FILE, SIZES, text, vectors


def test_the_log_that_the_pages_are_tested_with_is_the_one_that_is_made_today():
    assert FILE.read_text(encoding="utf-8") == text(), "write it anew: python -m tests.audit.browser_vectors"


def test_every_proof_in_it_holds_for_the_command_line_too():
    made = vectors()
    heads = dict(zip(SIZES, made["heads"], strict=True))
    for place, path in made["inclusion"].items():
        position, size = map(int, place.split())
        proof = {"format": INCLUSION, "entry": made["entries"][position]["sent"], "path": path, "head": heads[size], "keys": made["keys"]}
        entry, _ = verify_inclusion(proof)
        assert entry.position == position
    for one, other in ((3, 4), (3, 7), (4, 7)):
        proof = {"format": CONSISTENCY, "path": made["consistency"][f"{one} {other}"], "keys": made["keys"]}
        compare_heads(read_head_json(heads[one]), read_head_json(heads[other]), proof)
