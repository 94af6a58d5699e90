import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { type Column, DataList } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { CheckField } from "../ui/Field";
import { SearchField } from "../ui/SearchField";
import { cronOf, cronWords } from "./cron_words";
import styles from "./FunctionTable.module.css";
import { FRESH, type FunctionOut, type FunctionQueue, functionList, pauseList, queue } from "./queries";
import { openWords } from "./queue_words";
import { Standing } from "./Standing";

type Row = FunctionOut & { open: FunctionQueue | undefined; counted: boolean; isPaused: boolean };

const COLUMNS: readonly Column<Row>[] = [
  {
    name: "function",
    head: "Function",
    width: "minmax(0, 3fr)",
    main: true,
    cell: (row) => <FunctionName id={row.id} />,
  },
  { name: "trigger", head: "Starts on", width: "minmax(0, 3fr)", cell: (row) => <Triggers row={row} /> },
  {
    name: "next",
    head: "Next",
    width: "80px",
    wideOnly: true,
    cell: (row) => {
      const next = nextOf(row);
      return next === undefined ? null : <Ago at={next} className="faint" />;
    },
  },
  {
    name: "now",
    head: "Now",
    width: "minmax(130px, 2fr)",
    cell: (row) => {
      const words = row.counted ? openWords(row.open) : "";
      return words === "" ? null : <span className="number">{words}</span>;
    },
  },
  {
    name: "standing",
    head: "Worker",
    width: "100px",
    cell: (row) => <Standing live={row.live} paused={row.isPaused} />,
  },
];

/** Every function that workers have published, with what starts it and what of it is open now. */
export function FunctionTable({
  q,
  builtin,
  onChange,
}: {
  q: string | undefined;
  builtin: boolean;
  onChange: (next: { q?: string; builtin?: string }) => void;
}) {
  const functions = useQuery({ ...functionList, ...FRESH });
  const open = useQuery({ ...queue, ...FRESH });
  const pauses = useQuery(pauseList);
  const filter = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: "Filter", group: "Functions", run: () => filter.current?.focus() }]);

  const waiting = new Map(open.data?.map((one) => [one.function, one]));
  const paused = new Set(pauses.data?.map((one) => one.function));
  const wanted = (q ?? "").trim().toLowerCase();
  const own = functions.data?.filter((one) => builtin || !one.builtin);
  const rows = own
    ?.filter((one) => wanted === "" || [one.id, ...one.triggers].some((text) => text.toLowerCase().includes(wanted)))
    .map((one) => ({ ...one, open: waiting.get(one.id), counted: open.data !== undefined, isPaused: paused.has(one.id) }));

  return (
    <>
      <div className={styles.filters}>
        <div className={styles.search}>
          <SearchField
            label="Filter functions"
            placeholder="Name or trigger"
            value={q ?? ""}
            onChange={(q) => onChange({ q: q || undefined })}
            inputRef={filter}
          />
        </div>
        <CheckField
          label="Also those of FlowForge"
          checked={builtin}
          onChange={(event) => onChange({ builtin: event.target.checked ? "1" : undefined })}
        />
      </div>
      <DataList
        label="Functions"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => ({ to: "/functions/$id", params: { id: row.id } })}
        failure={functions.data === undefined ? functions.error : null}
        retry={() => void functions.refetch()}
        hasMore={false}
        loadingMore={false}
        more={() => {}}
        empty={
          wanted !== "" && own !== undefined && own.length > 0 ? (
            <Empty title="No function fits" action={<Button onClick={() => onChange({ q: undefined })}>Show all</Button>} />
          ) : (
            <Empty title="No function is known yet" command={"flowforge init my-first-flow\ncd my-first-flow\nflowforge dev"}>
              A worker tells what it can run when it starts. The first line makes a small project with one function, the last runs
              it.
            </Empty>
          )
        }
      />
    </>
  );
}

/** The function's name first: its module stands behind it, quietly. */
function FunctionName({ id }: { id: string }) {
  const [module, name] = id.split(/\.(?=[^.]*$)/);
  return (
    <span className={styles.name} title={id}>
      <span className="truncate">{name ?? module}</span>
      {name !== undefined && <span className={styles.module}>{module}</span>}
    </span>
  );
}

function Triggers({ row }: { row: FunctionOut }) {
  if (row.triggers.length === 0) return <span className="faint">other functions, or by hand</span>;
  const [first, ...others] = row.triggers.map((trigger) => ({ trigger, words: scheduleWords(trigger) }));
  return (
    <span title={row.triggers.join("\n")}>
      {first?.words ?? <span className="mono">{first?.trigger}</span>}
      {others.length > 0 && <span className="faint"> and {others.length} more</span>}
    </span>
  );
}

function scheduleWords(trigger: string): string | null {
  const schedule = cronOf(trigger);
  return schedule === null ? null : cronWords(schedule.cron);
}

function nextOf(row: FunctionOut): string | undefined {
  return row.schedules
    .flatMap((one) => one.next_at ?? [])
    .sort()
    .at(0);
}
