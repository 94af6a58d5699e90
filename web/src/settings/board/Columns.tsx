import { useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Plus } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Button, IconButton } from "../../ui/Button";
import { tell } from "../../ui/tell";
import { Part } from "../Part";
import { Table } from "../Table";
import styles from "./BoardSection.module.css";
import { ColumnForm } from "./ColumnForm";
import { DeleteColumn } from "./DeleteColumn";
import { type Board, type BoardColumn, boardChanged, CATEGORIES } from "./queries";

/** The columns of a board, from left to right. */
export function Columns({ of: board }: { of: Board }) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<BoardColumn | "new" | null>(null);
  const [deleting, setDeleting] = useState<BoardColumn | null>(null);
  const [moving, setMoving] = useState(false);
  const write = may("boards:write");
  const { columns } = board;

  const move = async (column: BoardColumn, by: -1 | 1) => {
    const neighbour = columns[columns.indexOf(column) + by];
    if (neighbour === undefined) return;
    setMoving(true);
    const body = by < 0 ? { before: neighbour.name } : { after: neighbour.name };
    const path = { board: board.prefix, column: column.name };
    await ask(api.PATCH("/v1/boards/{board}/columns/{column}", { params: { path }, body })).then(
      () => boardChanged(client, board.prefix),
      tell(`${column.name} was not moved`),
    );
    setMoving(false);
  };

  return (
    <Part
      title="Columns"
      about="From left to right. What a column is for decides where agents work and what counts as done."
      aside={
        write && (
          <Button icon={<Plus size={14} />} onClick={() => setEditing("new")}>
            New column
          </Button>
        )
      }
    >
      <Table
        label={`Columns of ${board.name}`}
        rows={columns}
        rowKey={(column) => column.id}
        columns={[
          { head: "Name", cell: (column) => column.name },
          {
            head: "For",
            cell: (column) => <span title={CATEGORIES[column.category].means}>{CATEGORIES[column.category].label}</span>,
          },
          {
            head: "Cards",
            cell: (column) => (column.wip_limit === null ? column.count : `${column.count} of ${column.wip_limit}`),
            align: "end",
          },
          {
            head: "Comes in",
            cell: (column) => (column.starts ? "starts the agent" : <span className="faint">nothing</span>),
            wideOnly: true,
          },
          {
            head: "Goes away",
            cell: (column) => (column.on_leave === "park" ? "pauses the run" : "cancels the run"),
            wideOnly: true,
          },
        ]}
        acts={
          write
            ? (column) => (
                <span className={styles.inline}>
                  <span className={styles.order}>
                    <IconButton
                      size="small"
                      label={`${column.name} to the left`}
                      icon={<ArrowUp size={14} />}
                      disabled={moving || column === columns[0]}
                      onClick={() => void move(column, -1)}
                    />
                    <IconButton
                      size="small"
                      label={`${column.name} to the right`}
                      icon={<ArrowDown size={14} />}
                      disabled={moving || column === columns.at(-1)}
                      onClick={() => void move(column, 1)}
                    />
                  </span>
                  <Button size="small" look="bare" aria-label={`Change ${column.name}`} onClick={() => setEditing(column)}>
                    Change
                  </Button>
                  <Button
                    size="small"
                    look="bare"
                    aria-label={`Delete ${column.name}`}
                    disabled={columns.length === 1}
                    onClick={() => setDeleting(column)}
                  >
                    Delete
                  </Button>
                </span>
              )
            : undefined
        }
        empty={null}
      />
      {editing !== null && (
        <ColumnForm board={board} of={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />
      )}
      {deleting !== null && <DeleteColumn board={board} of={deleting} onClose={() => setDeleting(null)} />}
    </Part>
  );
}
