"""The board, where people and agents work on tasks, and the review queue, where people decide what agents may do.

A task is a card: `FF-14`, a title, a column, somebody it is assigned to. One file for each thing that a card can do:
`creation` makes it, `assignment` gives it to an agent or a person, `column` moves it, `change` sets its fields, `dependency` and `parent`
link it to others, `checklist` and `label` say more of it, `comment` talks on it, `result` is how an agent hands its result in, `activity`
records every change, and `replay` folds these back to the card. `board` and `layout` are about boards and their columns, `place` and `rank`
about where a card stands in one, `listing` and `words` about finding it.

When an agent's card starts is `start`'s to say: at once, or when nothing blocks it any more and there is room. A start is the event
`board/task.assigned`, stored in the same transaction; the agents' room listens to it and makes the durable run. Every other change is an
event `board/task.…` too (`telling`), on which functions can trigger.

People: `mention` finds whom a comment names, `watcher` who hears of a card, `inbox` puts things before a person and `inbox_item` is what
they do with it, `concerned` says who is told of a change. `message` is what an agent reads at its next turn, `attachment` what belongs
to a card and lies elsewhere, `saved_filter` a question under a name, `due_date` a date that comes near.

An approval (`approval`, `approve_step`) is a question to people, for which a run waits while it holds nothing. `decision` takes their
votes (`vote`), `grant` spares further questions, `approval_delegation` lets somebody stand in, `approval_watch` reminds and escalates,
`approval_link` makes links for messages, and `approval_notice` is the one place where an approval's life is announced.

Each change is one transaction (`act`) that locks in this order: the graph of dependencies, the assignment's dispatch row, the runs' owner
rows, cards or the approval, columns, the audit log's head, the streams' counters (those of people last, and an inbox behind its
counter). Acts on several cards may still meet; a deadlock undoes
one of them, which is then done again.
"""
