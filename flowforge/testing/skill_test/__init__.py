"""Tests of skills: what an agent with a skill is asked, what it must do, and the recording of a model that did it.

    cases.py      the cases in a skill's `tests/*.yaml`
    recording.py  a model that says what was recorded, turn by turn
    trial.py      the run of one case: an agent's loop with the skill and tools that stand in for others
    checks.py     what must hold of a run
    run.py        `try_skill`: all cases, as an evaluation

Against the recording a test shows that the skill can be loaded, that its files and scripts are where it says, and that its checks know
a good answer; against a live model it shows what the skill is worth.
"""
