"""A Celery app as anybody has one. REDIS_URL names broker and result backend; tasks note what they did in EFFECTS."""

from __future__ import annotations

import os
import time

from celery import Celery

from flowforge.integrations.celery import send

app = Celery("shop", broker=os.environ.get("REDIS_URL", "memory://"), backend=os.environ.get("REDIS_URL", "cache+memory://"))
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False, result_expires=600)


def note(text: str) -> int:
    """Write a line; returns how many such lines there are now."""
    with open(os.environ["EFFECTS"], "a+") as log:
        log.write(text + "\n")
        log.seek(0)
        return log.read().splitlines().count(text)


@app.task(name="shop.resize")
def resize(path, width=100):
    note(f"resize {path}")
    return {"path": path, "width": width, "pid": os.getpid()}


@app.task(name="shop.flaky")
def flaky(path):
    if note(f"flaky {path}") < 3:
        raise ValueError(f"not yet: {path}")
    return "third time"


@app.task(name="shop.broken")
def broken():
    note("broken")
    raise KeyError("never")


@app.task(name="shop.slow")
def slow(seconds):
    note("slow")
    time.sleep(seconds)
    return "at last"


@app.task(name="shop.held")
def held(until):
    """Until there is such a file."""
    note("held")
    while not os.path.exists(until):
        time.sleep(0.02)
    return "at last"


@app.task(name="shop.forgetful", ignore_result=True)
def forgetful():
    note("forgetful")


@app.task(name="shop.tell")
def tell(order_id):
    """Twice, as a task that is redelivered."""
    return [send("order/charged", {"order_id": order_id}, id=f"charged-{order_id}") for _ in range(2)]
