"""What nobody may read: how it is kept, who may use it, and how it stays out of everything that is written down.

key_wrapper.py   the key outside of the database that wraps data keys: a ring of keys (key_ring.py), or a KMS
key_source.py    which of them this process has, by its settings
vault.py         seals and opens under a tenant's data key; key_rotation.py: other keys, while everything goes on
secret.py        a tenant's named secrets, their versions and scopes
resolve.py       a secret for whoever uses it in a run, audited; secret_text.py: what they are given
opened.py        the values that this process has opened, to be found wherever they turn up; redact.py: texts without them
"""
