"""The corpus itself, and the model that is to fall for it: an attack that nobody would understand proves nothing."""

from __future__ import annotations

import json

from tests.injection.attack import ATTACKS, Attack
from tests.injection.obedient import bare, orders_in


def test_the_corpus_is_wide_enough_and_no_two_attacks_say_the_same():
    assert len(ATTACKS) >= 60
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS) == len({bare(attack.says) for attack in ATTACKS})
    assert len({attack.language for attack in ATTACKS}) >= 5
    assert len({attack.channel for attack in ATTACKS}) >= 15
    assert 12 <= sum(attack.by_default for attack in ATTACKS) <= 20


def test_the_obedient_model_understands_each_attack_and_reads_no_other_into_it():
    assert {attack.id: understood(attack) for attack in ATTACKS} == {attack.id: expected(attack) for attack in ATTACKS}


def understood(attack: Attack) -> list[str]:
    parts = attack.text if isinstance(attack.text, list) else [attack.text, attack.path or ""]
    shown = [part if isinstance(part, str) else json.dumps(part) for part in parts]
    return sorted(frozenset[str]().union(*map(orders_in, shown)))


def expected(attack: Attack) -> list[str]:
    """No half of a split order is one."""
    return [] if attack.channel == "split" else [attack.id]
