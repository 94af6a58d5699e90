"""`client.boards`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Boards(Noun[Mode]):
    """`client.boards`"""

    @listing
    def list(self, *, archived: bool | None = None, limit: int | None = None) -> Items[models.BoardInList]:
        """List boards.

        In the order in which they were made; the first is FF.
        """
        return self._exchange.listing(models.BoardInList, "/v1/boards", params={"archived": archived}, limit=limit)

    @call
    def create(
        self, *, name: str, prefix: str, columns: Sequence[bodies.ColumnSettings] | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Board]:
        """Make a board.

        409 where the prefix is taken.
        """
        return self._exchange.ask(
            models.Board,
            "POST",
            "/v1/boards",
            body=body_of({"name": name, "prefix": prefix, "columns": columns}),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, board: str, /) -> Talk[models.Board]:
        """Show a board.

        Its columns with limits and how many cards stand in each, and its labels.
        """
        return self._exchange.ask(models.Board, "GET", f"/v1/boards/{part(board)}")

    @call
    def update(
        self, board: str, /, *, name: str | Unset | None = UNSET, prefix: str | Unset | None = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Board]:
        """Change a board.

        409 for the prefix of a board that has numbered cards: their keys stay what they are.
        """
        return self._exchange.ask(
            models.Board,
            "PATCH",
            f"/v1/boards/{part(board)}",
            body=body_of({"name": name, "prefix": prefix}),
            idempotency_key=idempotency_key,
        )

    @call
    def archive(self, board: str, /, *, idempotency_key: str | None = None) -> Talk[models.Board]:
        """Archive a board.

        Its cards stay as they are; no new one is made on it. FF is never archived.
        """
        return self._exchange.ask(models.Board, "PUT", f"/v1/boards/{part(board)}/archive", idempotency_key=idempotency_key)

    @call
    def unarchive(self, board: str, /, *, idempotency_key: str | None = None) -> Talk[models.Board]:
        """Take a board out of the archive.

        As it was.
        """
        return self._exchange.ask(models.Board, "DELETE", f"/v1/boards/{part(board)}/archive", idempotency_key=idempotency_key)

    @listing
    def cards(
        self, board: str, /, *, column: Sequence[str] | None = None, key: Sequence[str] | None = None, limit: int | None = None
    ) -> Items[models.Card]:
        """List a board's cards in short.

        As they stand, without the archived; up to 1,000 a page. By `key`: those of them that stand on the board now.
        """
        return self._exchange.listing(models.Card, f"/v1/boards/{part(board)}/cards", params={"column": column, "key": key}, limit=limit)

    @call
    def create_column(
        self,
        board: str,
        /,
        *,
        name: str,
        category: Literal["backlog", "todo", "doing", "review", "done"] | Unset = UNSET,
        wip_limit: int | Unset | None = UNSET,
        on_leave: Literal["cancel", "park"] | Unset = UNSET,
        starts: bool | Unset | None = UNSET,
        before: str | Unset | None = UNSET,
        after: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Board]:
        """Add a column.

        Answers the board. 409 where it has a column of that name.
        """
        return self._exchange.ask(
            models.Board,
            "POST",
            f"/v1/boards/{part(board)}/columns",
            body=body_of(
                {
                    "name": name,
                    "category": category,
                    "wip_limit": wip_limit,
                    "on_leave": on_leave,
                    "starts": starts,
                    "before": before,
                    "after": after,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def update_column(
        self,
        board: str,
        column: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        category: Literal["backlog", "todo", "doing", "review", "done"] | Unset | None = UNSET,
        wip_limit: int | Unset | None = UNSET,
        on_leave: Literal["cancel", "park"] | Unset | None = UNSET,
        starts: bool | Unset | None = UNSET,
        before: str | Unset | None = UNSET,
        after: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Board]:
        """Change a column.

        Answers the board. A limit below what stands there already moves nothing, and keeps others out. Where a column becomes `done`,
        or has more room, agents that waited for it start.
        """
        return self._exchange.ask(
            models.Board,
            "PATCH",
            f"/v1/boards/{part(board)}/columns/{part(column)}",
            body=body_of(
                {
                    "name": name,
                    "category": category,
                    "wip_limit": wip_limit,
                    "on_leave": on_leave,
                    "starts": starts,
                    "before": before,
                    "after": after,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def delete_column(
        self, board: str, column: str, /, *, move_to: str | None = None, idempotency_key: str | None = None
    ) -> Talk[models.Board]:
        """Delete a column.

        Answers the board. 409 for the last column, and for one that holds cards, archived ones too, unless `move_to` says where they
        go.
        """
        return self._exchange.ask(
            models.Board,
            "DELETE",
            f"/v1/boards/{part(board)}/columns/{part(column)}",
            params={"move_to": move_to},
            idempotency_key=idempotency_key,
        )

    @call
    def set_label(self, board: str, label: str, /, *, colour: str, idempotency_key: str | None = None) -> Talk[models.Label]:
        """Make or recolour a label.

        A label that a task is given for the first time comes to be by itself, in grey.
        """
        return self._exchange.ask(
            models.Label,
            "PUT",
            f"/v1/boards/{part(board)}/labels/{part(label)}",
            body=body_of({"colour": colour}),
            idempotency_key=idempotency_key,
        )

    @call
    def delete_label(self, board: str, label: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a label.

        409 while a task has it.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/boards/{part(board)}/labels/{part(label)}", idempotency_key=idempotency_key)

    @call
    def export(self, board: str, /, *, format: Literal["csv", "json"] | None = None, archived: bool | None = None) -> Talk[dict[str, Any]]:
        """Export a board's tasks.

        By number, page by page as it is read. A task that was made here is called by its key: so its links come along to another
        board.
        """
        return self._exchange.ask(
            dict[str, Any], "GET", f"/v1/boards/{part(board)}/export", params={"format": format, "archived": archived}
        )

    @call
    def import_tasks(
        self,
        board: str,
        /,
        *,
        tasks: Sequence[bodies.TaskRowIn] | Unset | None = UNSET,
        csv: str | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.TaskImport]:
        """Import tasks.

        Each row for itself: one that is refused stops no other, and one that is there already by its external id is left as it is.
        Agents' tasks are parked where they are put. With `dry_run` it is only tried.
        """
        return self._exchange.ask(
            models.TaskImport,
            "POST",
            f"/v1/boards/{part(board)}/import",
            body=body_of({"tasks": tasks, "csv": csv, "dry_run": dry_run}),
            idempotency_key=idempotency_key,
        )
