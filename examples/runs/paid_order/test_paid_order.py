"""order.process_order e223_b66e as it went, replayed offline.

Prompts are built and answers are read by the code of today; what models, tools and other steps gave is in run.json.
Written by  flowforge export-test; look there before you change it by hand.
"""

import asyncio
import sys
from pathlib import Path

from flowforge.testing import replay_history

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str((HERE / "../..").resolve()))  # where the code lies

import order  # noqa: E402

PATH = [
    "run validate",
    "ai fraud",
    "run flag",
    "run reserve",
    "run quote",
    "wait_for_event payment",
    "invoke label",
    "sleep cool-down",
    "run ship",
    "send_event announce",
]


def test_paid_order():
    report = asyncio.run(replay_history(HERE / "run.json", order, asking=True))
    report.check()  # the arguments of every step, every prompt, the same end; and nobody was called
    assert report.path == PATH
    assert report.state == "completed"
    assert report.output == {"ok": True, "risk": "low", "label": "post:ORD-9218", "paid": 1420}
