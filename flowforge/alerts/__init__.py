"""Alerts: somebody is told, once, when something stays wrong, and again when it is right.

`rule.py` says what to watch for and `finding.py` looks for it; `evaluation.py` turns findings into alerts and alerts into deliveries, all
in one transaction; `delivery.py` takes one delivery at a time to its channel (`channel.py`, `message.py`, through the doors of
`transport.py`), and `trial.py` a message that only shows whether the way is open; `watch.py` does the first two, now and then, in every
process that runs. Alerts do not go through the run queue, on purpose: one of the things that they tell is that it stands still.
`inbox_mail.py` sends what people want of their inbox by mail, by the same server.
"""
