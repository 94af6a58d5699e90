import { useQueryClient } from "@tanstack/react-query";
import { Download, Upload } from "lucide-react";
import { useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { CheckField, TextArea } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { Part } from "../Part";
import { Table } from "../Table";
import styles from "./BoardSection.module.css";
import { type Board, boardChanged } from "./queries";

type Result = Schema<"TaskImportOut">;

/** Cards out as a file, and in from one. */
export function BoardFiles({ of: board }: { of: Board }) {
  const [archived, setArchived] = useState(false);
  const [bringing, setBringing] = useState(false);
  const address = (format: string) =>
    `/v1/boards/${encodeURIComponent(board.prefix)}/export?format=${format}${archived ? "&archived=true" : ""}`;
  return (
    <Part title="In and out" about="A table that spreadsheets open safely, or JSON. Cards of agents come in parked.">
      <div className={styles.acts}>
        <a href={address("csv")} download={`${board.prefix}.csv`} className={styles.file}>
          <Download size={14} aria-hidden="true" /> All cards as CSV
        </a>
        <a href={address("json")} download={`${board.prefix}.json`} className={styles.file}>
          <Download size={14} aria-hidden="true" /> All cards as JSON
        </a>
        {may("tasks:write") && (
          <Button icon={<Upload size={14} />} onClick={() => setBringing(true)}>
            Import cards
          </Button>
        )}
      </div>
      <CheckField label="Archived cards too" checked={archived} onChange={(event) => setArchived(event.target.checked)} />
      {bringing && <Bring board={board} onClose={() => setBringing(false)} />}
    </Part>
  );
}

/** First what would be made is shown; then it is made. */
function Bring({ board, onClose }: { board: Board; onClose: () => void }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [looked, setLooked] = useState<Result | null>(null);
  const [unreadable, setUnreadable] = useState<string>();
  const bring = useAct(async (dryRun: boolean) => {
    const result = await ask(
      api.POST("/v1/boards/{board}/import", { params: { path: { board: board.prefix } }, body: bodyOf(text, dryRun) }),
    );
    if (!dryRun) await boardChanged(client, board.prefix);
    return result;
  });
  const done = looked !== null && !looked.dry_run;
  return (
    <FormDialog
      title={`Import cards into ${board.name}`}
      description="CSV with a first line of names (title, description, column, assignee, labels, …), or the JSON of an export. A row with an external_id comes in once, however often it is sent."
      size="large"
      submit={
        done
          ? "Close"
          : looked === null
            ? "Look what comes in"
            : `Import ${looked.created} ${looked.created === 1 ? "card" : "cards"}`
      }
      busy={bring.busy}
      problem={bring.problem}
      disabled={text.trim() === "" || (looked !== null && !done && looked.created === 0)}
      onClose={onClose}
      onSubmit={async () => {
        if (done) return onClose();
        try {
          bodyOf(text, true);
        } catch (reason) {
          return setUnreadable(reason instanceof Error ? reason.message : String(reason));
        }
        const result = await bring.run(looked === null);
        if (result !== undefined) setLooked(result);
      }}
    >
      <label className={styles.result}>
        <span>A file</span>
        <input
          type="file"
          accept=".csv,.json,text/csv,application/json"
          onChange={async (event) => {
            setLooked(null);
            setText((await event.target.files?.[0]?.text()) ?? "");
          }}
        />
      </label>
      <TextArea
        label="Or written here"
        code
        rows={8}
        spellCheck={false}
        placeholder={"title,column,labels\nSync customer data,Todo,data"}
        value={text}
        error={unreadable}
        onChange={(event) => {
          setText(event.target.value);
          setLooked(null);
          setUnreadable(undefined);
        }}
      />
      {looked !== null && <Outcome of={looked} />}
    </FormDialog>
  );
}

function Outcome({ of: result }: { of: Result }) {
  const wrong = result.data.filter((row) => row.outcome === "refused" || row.errors.length > 0);
  const will = result.dry_run;
  return (
    <div className={styles.result} role="status">
      <p>
        {result.created} {will ? "would be made" : "made"} · {result.present} there already · {result.refused} refused
      </p>
      {wrong.length > 0 && (
        <Table
          label="Rows with something wrong"
          rows={wrong}
          rowKey={(row) => String(row.row)}
          columns={[
            { head: "Row", cell: (row) => row.row },
            { head: "Becomes", cell: (row) => row.key ?? row.outcome },
            {
              head: "What is wrong",
              cell: (row) => row.errors.map((one) => `${one.pointer ?? ""} ${one.detail ?? ""}`.trim()).join("; "),
            },
          ]}
          empty={null}
        />
      )}
    </div>
  );
}

/** JSON begins with a bracket; all else is a table. */
function bodyOf(text: string, dryRun: boolean): Schema<"TaskImportIn"> {
  const bare = text.trim();
  if (!bare.startsWith("{") && !bare.startsWith("[")) return { csv: text, dry_run: dryRun };
  const read: unknown = JSON.parse(bare);
  const tasks = Array.isArray(read)
    ? read
    : ((read as { data?: unknown; tasks?: unknown }).tasks ?? (read as { data?: unknown }).data);
  if (!Array.isArray(tasks)) throw new Error("This JSON holds no list of tasks.");
  return { tasks: tasks as Schema<"TaskRowIn">[], dry_run: dryRun };
}
