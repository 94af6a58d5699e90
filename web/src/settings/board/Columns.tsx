import { useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Ellipsis, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Button, IconButton } from "../../ui/Button";
import { Menu } from "../../ui/Menu";
import { tell } from "../../ui/tell";
import { Part } from "../Part";
import { Table } from "../Table";
import styles from "./BoardSection.module.css";
import { ColumnForm } from "./ColumnForm";
import { DeleteColumn } from "./DeleteColumn";
import { type Board, type BoardColumn, boardChanged, CATEGORIES } from "./queries";

/** The columns of a board, from left to right. */
export function Columns({ of: board }: { of: Board }) {
  const [editing, setEditing] = useState<BoardColumn | "new" | null>(null);
  const [deleting, setDeleting] = useState<BoardColumn | null>(null);
  const { move, said, buttons } = useMoves(board);
  const write = may("boards:write");
  const { columns } = board;

  return (
    <Part
      title="Columns"
      about="From left to right on the board. What a column is for decides where agents work and what counts as done."
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
          { head: "For", cell: (column) => CATEGORIES[column.category].means },
          {
            head: "Cards",
            cell: (column) => (column.wip_limit === null ? column.count : <Limited of={column} limit={column.wip_limit} />),
            align: "end",
          },
          {
            head: "A card comes in",
            cell: (column) => (column.starts ? "its agent begins" : <span className="faint">–</span>),
            wideOnly: true,
          },
          {
            head: "A working card leaves",
            cell: (column) => (column.on_leave === "park" ? "its run pauses" : "its run is cancelled"),
            wideOnly: true,
          },
        ]}
        acts={
          write
            ? (column) => (
                <span className={styles.order} ref={(place) => void buttons.current.set(column.name, place)}>
                  <IconButton
                    size="small"
                    label={`${column.name} to the left`}
                    icon={<ArrowUp size={14} />}
                    disabled={column === columns[0]}
                    onClick={() => void move(column, -1)}
                  />
                  <IconButton
                    size="small"
                    label={`${column.name} to the right`}
                    icon={<ArrowDown size={14} />}
                    disabled={column === columns.at(-1)}
                    onClick={() => void move(column, 1)}
                  />
                  <Menu
                    align="end"
                    label={`Column ${column.name}`}
                    trigger={
                      <IconButton size="small" label={`Acts of the column ${column.name}`} icon={<Ellipsis size={16} />} />
                    }
                    items={[
                      { label: "Change…", onSelect: () => setEditing(column) },
                      {
                        label: "Delete…",
                        danger: true,
                        disabled: columns.length === 1,
                        hint: columns.length === 1 ? "A board has one column at least" : undefined,
                        onSelect: () => setDeleting(column),
                      },
                    ]}
                  />
                </span>
              )
            : undefined
        }
        empty={null}
      />
      <p className="visually-hidden" role="status">
        {said}
      </p>
      {editing !== null && (
        <ColumnForm board={board} of={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />
      )}
      {deleting !== null && <DeleteColumn board={board} of={deleting} onClose={() => setDeleting(null)} />}
    </Part>
  );
}

/** As many cards as it may hold, or more: then it is said in words too. */
function Limited({ of: column, limit }: { of: BoardColumn; limit: number }) {
  if (column.count < limit) return `${column.count} of ${limit}`;
  return (
    <span
      className={column.count > limit ? styles.over : undefined}
    >{`${column.count} of ${limit} · ${column.count > limit ? "too many" : "full"}`}</span>
  );
}

/** A column changes places with its neighbour. The keyboard goes with it, though its row is put elsewhere. */
function useMoves(board: Board) {
  const client = useQueryClient();
  const [said, setSaid] = useState("");
  const moving = useRef(false);
  const moved = useRef<{ name: string; by: -1 | 1 } | null>(null);
  const buttons = useRef(new Map<string, HTMLElement | null>());

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is where the rows stand now that counts
  useEffect(() => {
    if (moved.current === null) return;
    const { name, by } = moved.current;
    moved.current = null;
    const [left, right] = buttons.current.get(name)?.querySelectorAll("button") ?? [];
    const [same, other] = by < 0 ? [left, right] : [right, left];
    (same?.disabled ? other : same)?.focus();
  }, [board.columns]);

  const move = async (column: BoardColumn, by: -1 | 1) => {
    const at = board.columns.indexOf(column) + by;
    const neighbour = board.columns[at];
    if (neighbour === undefined || moving.current) return;
    moving.current = true;
    const body = by < 0 ? { before: neighbour.name } : { after: neighbour.name };
    const path = { board: board.prefix, column: column.name };
    try {
      await ask(api.PATCH("/v1/boards/{board}/columns/{column}", { params: { path }, body }));
      moved.current = { name: column.name, by };
      await boardChanged(client, board.prefix);
      setSaid(`${column.name} is column ${at + 1} of ${board.columns.length}`);
    } catch (reason) {
      tell(`${column.name} was not moved`)(reason);
    } finally {
      moving.current = false;
    }
  };
  return { move, said, buttons };
}
