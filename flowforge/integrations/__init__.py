"""FlowForge beside other systems: queues that bring events in, and Celery.

`queue.py` is what users declare; `intake.py` is the loop that a worker runs for each queue: receive, store, acknowledge, in this order.
What differs between brokers stands behind `consumer.py`'s small interface, one file each. Their clients are optional extras.
"""
