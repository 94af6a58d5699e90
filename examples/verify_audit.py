"""Verify an export of the audit log by hand: python verify_audit.py audit.jsonl [public key in hex]. Nothing of FlowForge is imported."""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(path: str, trusted: str | None = None) -> int:
    keys, trees, size, covered, before, last_key = {}, [], 0, 0, None, None
    with open(path, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["type"] == "key":  # each is signed by the one before it, the first by itself
                public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(line["public_key"]))
                introduction = line["introduction"].encode()
                (last_key or public).verify(bytes.fromhex(line["signature"]), b"flowforge audit key 1\n" + introduction)
                assert json.loads(introduction)["public_key"] == line["public_key"], "a key that was not introduced"
                keys[line["id"]] = last_key = public
                trusted = None if trusted == line["public_key"] else trusted
            elif line["type"] == "entry":
                for name in ("principal", "target", "detail"):
                    salt, text = line[name] or (None, None)  # null: erased
                    digest = hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest() if salt else None
                    assert digest in (None, json.loads(line["leaf"])[name]), f"entry {size}: its {name} was changed"
                node, size = hashlib.sha256(b"\x00" + line["leaf"].encode()).digest(), size + 1
                for _ in range((size & -size).bit_length() - 1):  # as many complete trees are joined as `size` ends in zeros
                    node = hashlib.sha256(b"\x01" + trees.pop() + node).digest()
                trees.append(node)
            elif line["type"] == "head":
                head, root = json.loads(line["head"]), trees[-1]
                keys[head["key"]].verify(bytes.fromhex(line["signature"]), b"flowforge audit head 1\n" + line["head"].encode())
                for left in reversed(trees[:-1]):
                    root = hashlib.sha256(b"\x01" + left + root).digest()
                assert (head["size"], head["root"], head["previous"]) == (size, root.hex(), before), f"head {head['size']} does not fit"
                covered, before = size, hashlib.sha256(line["head"].encode()).hexdigest()
    assert covered == size > 0, f"the entries from {covered} on are covered by no signed head"
    assert trusted is None, "the log was signed with other keys"
    return size


if __name__ == "__main__":
    print(f"{verify(*sys.argv[1:3])} entries, all of them under a signed head")
