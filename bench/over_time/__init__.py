"""What `bench/endurance.py` looks at: the engine on tables that have grown, and over time.

history.py       finished runs of the past weeks, by SQL
full_tables.py   throughput with them beside throughput without
steady_load.py   throughput, memory and dead rows over minutes and hours
tables.py        rows and sizes of the tables
sql/             the statements of all of them
"""
