"""What `bench/peers.py` runs: one app for each engine, and what starts, feeds and measures it.

machine.py                       a PostgreSQL of one's own, its raw limits, CPU seconds and memory from /proc, the load
facts.py                         what the apps' processes saw and when, as lines of a file
contender.py                     what every engine can be asked to do
flowforge_engine.py, dbos_engine.py, restate_engine.py     each engine behind that
flowforge_app.py, dbos_app.py, restate_app.mjs     the same seven functions for each of them
workloads.py                     W1 to W8, the same code for everybody
"""
