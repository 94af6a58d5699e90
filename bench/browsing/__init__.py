"""What `bench/dashboard.py` looks at, and with what: a `flowforge dev` of its own in a Chromium that is here.

app.py    functions and tools of the project that is shown
scene.py  the server over it, filled: a board of 500 cards, a run of 5,000 steps, refunds that wait for a person
eyes.py   a browser that says when something was painted, what kept it busy and how many frames it drew
"""
