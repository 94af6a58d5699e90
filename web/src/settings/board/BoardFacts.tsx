import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Danger } from "../../ui/Danger";
import { useAct } from "../../ui/useAct";
import { Panel } from "../Part";
import { BoardForm } from "./BoardForm";
import styles from "./BoardSection.module.css";
import { type Board, boardChanged } from "./queries";

/** One board: what it is called, how many cards stand on it, and what can be done with it as a whole. */
export function BoardFacts({ of: board, alone, onArchived }: { of: Board; alone: boolean; onArchived: () => void }) {
  const [open, setOpen] = useState<"rename" | "archive" | null>(null);
  const cards = board.columns.reduce((sum, column) => sum + column.count, 0);
  return (
    <Panel>
      <div className={styles.facts}>
        <div>
          <p>
            <strong>{board.name}</strong> <span className="mono">{board.prefix}</span>
          </p>
          <p className="faint">
            {cards} {cards === 1 ? "card" : "cards"} in {board.columns.length} columns ·{" "}
            <Link to="/board" search={{ board: board.prefix }}>
              show the board
            </Link>
          </p>
        </div>
        {may("boards:write") && (
          <span className={styles.acts}>
            <Button onClick={() => setOpen("rename")}>Rename</Button>
            <Button
              look="danger"
              disabled={alone}
              title={alone ? "It is the only board" : undefined}
              onClick={() => setOpen("archive")}
            >
              Archive
            </Button>
          </span>
        )}
      </div>
      {open === "rename" && <BoardForm of={board} hasCards={cards > 0} onClose={() => setOpen(null)} />}
      {open === "archive" && <Archive of={board} onClose={() => setOpen(null)} onArchived={onArchived} />}
    </Panel>
  );
}

function Archive({ of: board, onClose, onArchived }: { of: Board; onClose: () => void; onArchived: () => void }) {
  const client = useQueryClient();
  const archive = useAct(async () => {
    const done = await ask(api.PUT("/v1/boards/{board}/archive", { params: { path: { board: board.prefix } } }));
    await boardChanged(client, board.prefix);
    return done;
  });
  return (
    <Danger
      title={`Archive ${board.name}`}
      submit="Archive"
      busy={archive.busy}
      problem={archive.problem}
      onClose={onClose}
      onSubmit={async () => {
        if ((await archive.run(undefined)) === undefined) return;
        onClose();
        onArchived();
      }}
    >
      Its cards are in no list any more, and agents begin none of them. Nothing is lost: it can be taken out of the archive again.
    </Danger>
  );
}
