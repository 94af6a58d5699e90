"""What an agent can be given: tools (Python functions with a schema and an effect) and skills (folders with instructions).

Tools: `tool.py` registers functions, `parameters.py` reads their signatures, `arguments.py` checks what a model gives.
`policy.py` judges which calls run, wait for people (`requirement.py`) or never run, by the rules (`policy_rule.py`) of policies in code
(`code_policy.py`) and of the tenant (`policy_record.py`); `binding.py` is the hash of a call to which an approval is bound.

Skills: `front_matter.py` and `skill.py` read a folder; `tree.py` names its files by a hash, packs and unpacks them; `version.py` is one
version, `registry.py` keeps them, `use.py` says which ones a run has, `catalogue.py` what its prompt says of them. `fetch.py` brings one
from an address, `share.py` from another tenant, `diff.py` compares two.

`publish.py` and `publish_skills.py` write what a worker has to the database when it starts, so that the API can say "there is no tool
'refnd'; did you mean 'refund'?" without importing anybody's code.
"""
