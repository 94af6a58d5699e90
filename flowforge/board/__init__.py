"""The board, where people and agents work on tasks, and the review queue, where people decide what agents may do.

A task is a card: `FF-14`, a title, a column, somebody it is assigned to. One file for each thing that a card can do:
`creation` makes it, `assignment` gives it to an agent or a person, `column` moves it, `comment` talks on it, `result`
is how an agent hands its result in, `activity` records every change. Assigning to an agent stores the event
`board/task.assigned` in the same transaction; the agents' room listens to it and starts the durable run.

An approval (`approval`, `decision`, `approve_step`) is a question to a person, for which a run waits while it holds nothing.

Each change is one transaction that locks in this order: the assignment's dispatch row, the runs' owner rows, the card or the
approval, the audit log's head, the streams' counters.
"""
