import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { Part } from "../Part";
import { Table } from "../Table";
import { archivedBoards, boardChanged, type ShortBoard } from "./queries";

/** Boards in the archive, where there are any. */
export function PutAway({ onBack }: { onBack: (prefix: string) => void }) {
  const { data } = useQuery(archivedBoards);
  if (data === undefined || data.length === 0) return null;
  return (
    <Part title="Archived boards">
      <Table
        label="Archived boards"
        rows={data}
        rowKey={(board) => board.id}
        columns={[
          { head: "Name", cell: (board) => board.name },
          { head: "Prefix", cell: (board) => <span className="mono">{board.prefix}</span> },
          { head: "Archived", cell: (board) => <Ago at={board.archived_at} />, align: "end" },
        ]}
        acts={may("boards:write") ? (board) => <TakeBack of={board} onBack={onBack} /> : undefined}
        empty={null}
      />
    </Part>
  );
}

function TakeBack({ of: board, onBack }: { of: ShortBoard; onBack: (prefix: string) => void }) {
  const client = useQueryClient();
  const back = useAct(async () => {
    await ask(api.DELETE("/v1/boards/{board}/archive", { params: { path: { board: board.prefix } } })).catch(
      tell(`${board.name} is still archived`),
    );
    await boardChanged(client, board.prefix);
    onBack(board.prefix);
  });
  return (
    <Button
      size="small"
      busy={back.busy}
      aria-label={`Take ${board.name} out of the archive`}
      onClick={() => void back.run(undefined)}
    >
      Take it out
    </Button>
  );
}
