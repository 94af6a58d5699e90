"""The audit log: what each principal did, one entry for each act, in a form that a stranger can verify.

`log.append` writes an entry in the transaction of its act and takes no lock, so acts never wait for one another. Within about a second
`tree.merge` gives committed entries their positions in the tenant's Merkle tree (RFC 9162), and `signing` signs the tree's head, each
minute or each 1,000 entries; `anchoring` keeps signed heads outside. `keeper` does all three beside a server or a worker.

What verifies needs no database: `entry`, `merkle`, `head` and `key` say what the bytes are, `verification` reads an export, `proof_file` a
proof.
"""
