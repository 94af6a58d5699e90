"""`client.tasks`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset
from flowforge.api.client.wire import Frame

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Tasks(Noun[Mode]):
    """`client.tasks`"""

    @listing
    def follow(self, key: str, /, *, after: int = 0) -> Items[Frame]:
        """Follow a task.

        What happens to the task and what its agent does on it; the stream does not end.
        """
        return self._exchange.follow(f"/v1/tasks/{part(key)}/stream", after=after)

    @call
    def frames(self, key: str, /, *, after: int = 0, wait: int | None = None, limit: int | None = None) -> Talk[models.Frames]:
        """Ask for a task's frames.

        The frames of its stream, for who cannot hold one open: what is there, or what comes within `wait` seconds.
        """
        return self._exchange.ask(
            models.Frames, "GET", f"/v1/tasks/{part(key)}/frames", params={"after": after, "wait": wait, "limit": limit}
        )

    @call
    def act_on_many(
        self,
        *,
        action: Literal["move", "assign", "label", "priority", "archive", "unarchive"],
        keys: Sequence[str] | Unset | None = UNSET,
        filter: bodies.TaskFilterIn | Unset | None = UNSET,
        column: str | Unset | None = UNSET,
        assignee: bodies.AssigneeIn | Unset | None = UNSET,
        add: Sequence[str] | Unset = UNSET,
        remove: Sequence[str] | Unset = UNSET,
        priority: Literal["none", "low", "medium", "high", "urgent"] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.TasksAct]:
        """Act on many tasks.

        On at most 200, each for itself: one that is refused stops no other. Sent again, it does what is left to do.
        """
        return self._exchange.ask(
            models.TasksAct,
            "POST",
            "/v1/tasks/bulk",
            body=body_of(
                {
                    "action": action,
                    "keys": keys,
                    "filter": filter,
                    "column": column,
                    "assignee": assignee,
                    "add": add,
                    "remove": remove,
                    "priority": priority,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def create(
        self,
        *,
        title: str,
        description: str | Unset = UNSET,
        column: str | Unset | None = UNSET,
        assignee: bodies.AssigneeIn | Unset | None = UNSET,
        board: str | Unset | None = UNSET,
        parent: str | Unset | None = UNSET,
        depends_on: Sequence[str] | Unset = UNSET,
        priority: str | Unset = UNSET,
        labels: Sequence[str] | Unset = UNSET,
        due_at: datetime | str | Unset | None = UNSET,
        owner: str | Unset | None = UNSET,
        checklist: Sequence[str] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Task]:
        """Make a task.

        An agent as assignee starts as soon as it can: when nothing that the task depends on is left to do, and its column has room.
        One for which a column of category `backlog` is named is parked there. 422 with the nearest names for what is unknown.
        """
        return self._exchange.ask(
            models.Task,
            "POST",
            "/v1/tasks",
            body=body_of(
                {
                    "title": title,
                    "description": description,
                    "column": column,
                    "assignee": assignee,
                    "board": board,
                    "parent": parent,
                    "depends_on": depends_on,
                    "priority": priority,
                    "labels": labels,
                    "due_at": due_at,
                    "owner": owner,
                    "checklist": checklist,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @listing
    def list(
        self,
        *,
        filter: str | None = None,
        board: str | None = None,
        column: Sequence[str] | None = None,
        assignee: str | None = None,
        label: Sequence[str] | None = None,
        priority: Sequence[Literal["none", "low", "medium", "high", "urgent"]] | None = None,
        due_before: datetime | str | None = None,
        due_after: datetime | str | None = None,
        blocked: bool | None = None,
        parent: str | None = None,
        q: str | None = None,
        updated_since: datetime | str | None = None,
        archived: bool | None = None,
        sort: Literal["number", "position", "updated", "due", "priority"] | None = None,
        limit: int | None = None,
    ) -> Items[models.Task]:
        """List tasks.

        By number unless `sort` says otherwise: the latest change first, what is due first, the most urgent first, or as they stand.
        422 with the nearest names for what is unknown.
        """
        return self._exchange.listing(
            models.Task,
            "/v1/tasks",
            params={
                "filter": filter,
                "board": board,
                "column": column,
                "assignee": assignee,
                "label": label,
                "priority": priority,
                "due_before": due_before,
                "due_after": due_after,
                "blocked": blocked,
                "parent": parent,
                "q": q,
                "updated_since": updated_since,
                "archived": archived,
                "sort": sort,
            },
            limit=limit,
        )

    @call
    def get(self, key: str, /) -> Talk[models.Task]:
        """Show a task.

        By key or id.
        """
        return self._exchange.ask(models.Task, "GET", f"/v1/tasks/{part(key)}")

    @call
    def update(
        self,
        key: str,
        /,
        *,
        title: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        priority: str | Unset | None = UNSET,
        labels: Sequence[str] | Unset | None = UNSET,
        due_at: datetime | str | Unset | None = UNSET,
        owner: str | Unset | None = UNSET,
        parent: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Task]:
        """Change a task.

        Its fields; assignee, column, checklist and dependencies have addresses of their own. 409 for a parent that is a part of the
        task.
        """
        return self._exchange.ask(
            models.Task,
            "PATCH",
            f"/v1/tasks/{part(key)}",
            body=body_of(
                {
                    "title": title,
                    "description": description,
                    "priority": priority,
                    "labels": labels,
                    "due_at": due_at,
                    "owner": owner,
                    "parent": parent,
                }
            ),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def assign(
        self,
        key: str,
        /,
        *,
        agent: str | Unset | None = UNSET,
        user: str | Unset | None = UNSET,
        team: str | Unset | None = UNSET,
        start: bool | Unset = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Task]:
        """Assign a task.

        An agent starts as soon as it can, and the card moves to the first column of category `doing`; who had it before is stopped.
        null, or neither name, assigns nobody.
        """
        return self._exchange.ask(
            models.Task,
            "PUT",
            f"/v1/tasks/{part(key)}/assignee",
            body=body_of({"agent": agent, "user": user, "team": team, "start": start}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def move(
        self,
        key: str,
        /,
        *,
        column: str,
        before: str | Unset | None = UNSET,
        after: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Task]:
        """Move a task.

        A person who moves an agent's card away from its work stops the agent, or parks its run where the column says so; a column that
        starts agents starts the one of a card that comes in. 409 with limit and count for a full column, 422 with the nearest names.
        """
        return self._exchange.ask(
            models.Task,
            "PUT",
            f"/v1/tasks/{part(key)}/column",
            body=body_of({"column": column, "before": before, "after": after}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @listing
    def activity(self, key: str, /, *, limit: int | None = None) -> Items[models.Activity]:
        """List a task's changes.

        Oldest first; they replay to the task as it is.
        """
        return self._exchange.listing(models.Activity, f"/v1/tasks/{part(key)}/activity", limit=limit)

    @call
    def add_item(
        self,
        key: str,
        /,
        *,
        text: str,
        done: bool | Unset = UNSET,
        before: str | Unset | None = UNSET,
        after: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.ChecklistItem]:
        """Add a checklist item.

        At the end of the list unless told otherwise. A task has at most 200.
        """
        return self._exchange.ask(
            models.ChecklistItem,
            "POST",
            f"/v1/tasks/{part(key)}/checklist",
            body=body_of({"text": text, "done": done, "before": before, "after": after}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def update_item(
        self,
        key: str,
        item: str,
        /,
        *,
        text: str | Unset | None = UNSET,
        done: bool | Unset | None = UNSET,
        before: str | Unset | None = UNSET,
        after: str | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.ChecklistItem]:
        """Change a checklist item.

        Ticks it, words it anew, or puts it elsewhere in the list.
        """
        return self._exchange.ask(
            models.ChecklistItem,
            "PATCH",
            f"/v1/tasks/{part(key)}/checklist/{part(item)}",
            body=body_of({"text": text, "done": done, "before": before, "after": after}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete_item(self, key: str, item: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None) -> Talk[None]:
        """Remove a checklist item.

        Takes it off the list.
        """
        return self._exchange.ask(
            None, "DELETE", f"/v1/tasks/{part(key)}/checklist/{part(item)}", if_match=if_match, idempotency_key=idempotency_key
        )

    @call
    def add_dependency(
        self, key: str, on: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> Talk[models.Task]:
        """Let a task wait for another.

        The task's agent does not start before the other one stands in a column of category `done`; then it starts by itself. One that
        is at work already goes on. 409 for what would make a circle, which is named.
        """
        return self._exchange.ask(
            models.Task, "PUT", f"/v1/tasks/{part(key)}/dependencies/{part(on)}", if_match=if_match, idempotency_key=idempotency_key
        )

    @call
    def remove_dependency(
        self, key: str, on: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> Talk[models.Task]:
        """Let a task no longer wait for another.

        Where the task waited for nothing else, its agent starts.
        """
        return self._exchange.ask(
            models.Task, "DELETE", f"/v1/tasks/{part(key)}/dependencies/{part(on)}", if_match=if_match, idempotency_key=idempotency_key
        )

    @call
    def archive(self, key: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None) -> Talk[models.Task]:
        """Archive a task.

        It is in no list unless asked for, and keeps its key. An agent that is at work on it is stopped.
        """
        return self._exchange.ask(models.Task, "PUT", f"/v1/tasks/{part(key)}/archive", if_match=if_match, idempotency_key=idempotency_key)

    @call
    def unarchive(self, key: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None) -> Talk[models.Task]:
        """Take a task out of the archive.

        409 when its column has no room for it.
        """
        return self._exchange.ask(
            models.Task, "DELETE", f"/v1/tasks/{part(key)}/archive", if_match=if_match, idempotency_key=idempotency_key
        )

    @call
    def comment(
        self, key: str, /, *, text: str, reply_to: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Comment]:
        """Comment on a task.

        Says it on the card, in the caller's name. Who is mentioned finds it in their inbox; an agent that is mentioned is woken, once.
        """
        return self._exchange.ask(
            models.Comment,
            "POST",
            f"/v1/tasks/{part(key)}/comments",
            body=body_of({"text": text, "reply_to": reply_to}),
            idempotency_key=idempotency_key,
        )

    @listing
    def comments(self, key: str, /, *, limit: int | None = None) -> Items[models.Comment]:
        """List a task's comments.

        Oldest first.
        """
        return self._exchange.listing(models.Comment, f"/v1/tasks/{part(key)}/comments", limit=limit)

    @call
    def get_comment(self, key: str, comment: str, /) -> Talk[models.Comment]:
        """Show a comment.

        By its id.
        """
        return self._exchange.ask(models.Comment, "GET", f"/v1/tasks/{part(key)}/comments/{part(comment)}")

    @call
    def update_comment(self, key: str, comment: str, /, *, text: str, idempotency_key: str | None = None) -> Talk[models.Comment]:
        """Change a comment.

        By whoever wrote it; the activity keeps what it said. Who is mentioned now for the first time is told. 410 when it was deleted.
        """
        return self._exchange.ask(
            models.Comment,
            "PATCH",
            f"/v1/tasks/{part(key)}/comments/{part(comment)}",
            body=body_of({"text": text}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete_comment(self, key: str, comment: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a comment.

        By whoever wrote it. It keeps its place, without its text.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/tasks/{part(key)}/comments/{part(comment)}", idempotency_key=idempotency_key)

    @listing
    def watchers(self, key: str, /, *, limit: int | None = None) -> Items[models.Watcher]:
        """List who watches a task.

        By name. Who makes it, has it, answers for it, speaks on it or is mentioned on it watches it by itself.
        """
        return self._exchange.listing(models.Watcher, f"/v1/tasks/{part(key)}/watchers", limit=limit)

    @call
    def watch(self, key: str, person: str, /, *, idempotency_key: str | None = None) -> Talk[models.Watcher]:
        """Watch a task.

        Oneself, or, with the permission tasks:write, somebody else.
        """
        return self._exchange.ask(models.Watcher, "PUT", f"/v1/tasks/{part(key)}/watchers/{part(person)}", idempotency_key=idempotency_key)

    @call
    def unwatch(self, key: str, person: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Stop watching a task.

        It holds whatever they do on the task from now on; what is meant for them comes all the same.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/tasks/{part(key)}/watchers/{part(person)}", idempotency_key=idempotency_key)

    @listing
    def attachments(self, key: str, /) -> Items[models.Attachment]:
        """List a task's attachments.

        In the order in which they were added; a task has 200 at most.
        """
        return self._exchange.listing(models.Attachment, f"/v1/tasks/{part(key)}/attachments", paged=False)

    @call
    def attach(
        self,
        key: str,
        /,
        *,
        name: str,
        media_type: str | Unset = UNSET,
        url: str | Unset | None = UNSET,
        run: str | Unset | None = UNSET,
        blob: str | Unset | None = UNSET,
        size: int | Unset | None = UNSET,
        sha256: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Attachment]:
        """Attach something to a task.

        What it refers to stays where it is, and is not looked at, unless it is a blob of a run.
        """
        return self._exchange.ask(
            models.Attachment,
            "POST",
            f"/v1/tasks/{part(key)}/attachments",
            body=body_of({"name": name, "media_type": media_type, "url": url, "run": run, "blob": blob, "size": size, "sha256": sha256}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete_attachment(self, key: str, attachment: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Take an attachment off a task.

        What it refers to stays.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/tasks/{part(key)}/attachments/{part(attachment)}", idempotency_key=idempotency_key)

    @call
    def tree(self, key: str, /) -> Talk[models.TaskTree]:
        """Show the tree below a task.

        Its parts and what its runs have given away, down to the last, with runs, states and costs.
        """
        return self._exchange.ask(models.TaskTree, "GET", f"/v1/tasks/{part(key)}/tree")
