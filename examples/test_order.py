"""How the workflow in order.py is tested: offline, without a server, and without waiting for anything.

pytest examples
"""

import order
import pytest

from flowforge.testing import Forge, ReplayDrift, replay_history

ORDER = {"order_id": "ORD-9218", "total": 420}


async def test_a_paid_order_is_shipped(forge: Forge, scripted_model):
    forge.use(order)
    forge.clock.auto_skip = True

    sent = await forge.send("order/created", ORDER)
    await forge.send("payment/settled", {"order_id": "ORD-9218", "amount": 420})
    run = await forge.wait_for(sent, "completed")

    assert run.output["ok"]
    assert [event.data["order_id"] for event in await forge.events("order/shipped")] == ["ORD-9218"]


async def test_an_order_that_nobody_pays_is_given_up_after_a_day(forge: Forge, scripted_model):
    forge.use(order)

    sent = await forge.send("order/created", ORDER)
    await forge.wait_for(sent, "waiting")
    (wait,) = await forge.waits(sent)
    assert (wait.event, wait.match) == ("payment/settled", 'data.order_id = "ORD-9218"')

    await forge.clock.advance("25h")
    run = await forge.wait_for(sent, "completed")
    assert run.output == {"ok": False, "reason": "nobody paid within a day"}


@pytest.mark.parametrize("point", ["body.after", "checkpoint.before_commit", "checkpoint.after_commit", "run.before_seal"])
async def test_it_survives_a_worker_that_dies(forge: Forge, scripted_model, point):
    forge.use(order)
    forge.clock.auto_skip = True
    forge.crash_at(point)

    sent = await forge.send("order/created", ORDER)
    await forge.send("payment/settled", {"order_id": "ORD-9218", "amount": 420})
    assert (await forge.wait_for(sent, "completed")).output["ok"]


async def test_each_of_its_steps_can_be_replayed(forge: Forge, scripted_model):
    forge.use(order)
    forge.clock.auto_skip = forge.always_suspend = True

    sent = await forge.send("order/created", ORDER)
    await forge.send("payment/settled", {"order_id": "ORD-9218", "amount": 420})
    await forge.wait_for(sent, "completed")


async def test_a_run_of_today_fits_the_code_and_changed_code_is_found_out(forge: Forge, scripted_model):
    forge.use(order)
    sent = await forge.send("order/created", ORDER)
    await forge.wait_for(sent, "waiting")

    await forge.replay_check(sent)

    async def changed(ctx):
        await order.step.run("validate", order.validate_order, ctx.event.data | {"total": 421})

    report = await replay_history(await forge.history(sent), changed)
    assert report.drifts[0].what == "other arguments"
    with pytest.raises(ReplayDrift, match="validate"):
        report.check()
