import type { LinkProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { ListFilter } from "lucide-react";
import type { Schema } from "../api/client";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { Money } from "../ui/Money";
import type { Pages } from "../ui/usePages";
import { brief, change, whole } from "./count";
import { divided, share } from "./decimal";
import type { GroupBy } from "./queries";
import styles from "./Ranking.module.css";

type Row = Schema<"GroupOut">;

/** What each group cost, the dearest first, with its share of all. A row leads to what it is about. */
export function Ranking({
  by,
  total,
  pages,
  wide,
  within,
}: {
  by: GroupBy;
  total: string | null;
  pages: Pages<Row>;
  wide: boolean;
  /** What the page of costs is narrowed to when a row is opened there from another page: `{ agent: "atlas" }`. */
  within?: Record<string, string>;
}) {
  return (
    <DataList
      label={`Costs by ${by}`}
      columns={columnsOf(by, total, wide, within)}
      rowKey={(row) => row.key ?? "none"}
      rowLink={(row) => linkTo(by, row, within)}
      empty={<p className="quiet">No model was called in this time.</p>}
      {...pages}
    />
  );
}

const HEADS: Record<GroupBy, string> = {
  model: "Model",
  provider: "Provider",
  agent: "Agent",
  function: "Function",
  task: "Task",
  run: "Run",
  tenant: "Tenant",
  day: "Day",
};
const NONE: Partial<Record<GroupBy, string>> = { agent: "Without an agent", task: "Without a task" };
/** What a page of costs can be narrowed to, by the name that its address has for it. */
const NARROWS: Partial<Record<GroupBy, string>> = {
  model: "model",
  provider: "provider",
  agent: "agent",
  function: "fn",
  task: "task",
  run: "run",
};

function columnsOf(by: GroupBy, total: string | null, wide: boolean, within: Record<string, string> | undefined): Column<Row>[] {
  const number = (name: string, head: string, width: string, cell: Column<Row>["cell"]): Column<Row> => ({
    name,
    head,
    width,
    align: "end",
    cell: (row) => <span className="number">{cell(row)}</span>,
  });
  return [
    {
      name: "name",
      head: HEADS[by],
      width: wide ? "minmax(140px, 2fr)" : "minmax(96px, 1fr)",
      main: true,
      cell: (row) => <span title={row.name ?? undefined}>{nameOf(by, row)}</span>,
    },
    {
      name: "share",
      head: "Share",
      width: wide ? "minmax(140px, 1.4fr)" : "96px",
      wideOnly: true,
      cell: (row) => <Share part={row.cost} of={total} />,
    },
    number("cost", "Cost", "88px", (row) => <Cost row={row} />),
    number("change", "Change", "64px", (row) => <Change row={row} />),
    number("calls", "Calls", "64px", (row) => (
      <>
        {whole(row.calls)}
        <OnCard> calls</OnCard>
      </>
    )),
    number("average", "Average", "76px", (row) => (
      <>
        <Average row={row} />
        <OnCard> a call</OnCard>
      </>
    )),
    ...(wide
      ? [
          number("in", "Tokens in", "76px", (row) => <Tokens count={row.input_tokens} unit="in" />),
          number("cached", "Cached", "76px", (row) => <Tokens count={row.cached_tokens} unit="cached" />),
          number("out", "Out", "76px", (row) => <Tokens count={row.output_tokens} unit="out" />),
        ]
      : [
          number("tokens", "Tokens in → out", "112px", (row) => (
            <span
              title={`${whole(row.input_tokens)} in, ${whole(row.cached_tokens)} of them cached, ${whole(row.output_tokens)} out`}
            >
              {brief(row.input_tokens)} → {brief(row.output_tokens)}
              <OnCard> tokens</OnCard>
            </span>
          )),
        ]),
    {
      name: "narrow",
      head: "Narrow down",
      headHidden: true,
      width: "28px",
      wideOnly: true,
      cell: (row) => <Narrow by={by} row={row} within={within} />,
    },
  ];
}

function nameOf(by: GroupBy, row: Row): string {
  return row.name ?? row.key ?? NONE[by] ?? "None";
}

function linkTo(by: GroupBy, row: Row, within?: Record<string, string>): LinkProps | undefined {
  if (row.key === null) return undefined;
  switch (by) {
    case "agent":
      return row.name === null ? undefined : { to: "/agents/$name", params: { name: row.name }, search: { view: "costs" } };
    case "function":
      return { to: "/functions/$id", params: { id: row.key } };
    case "task":
      return { to: "/board/$key", params: { key: row.name ?? row.key } };
    case "run":
      return { to: "/runs/$id", params: { id: row.key } };
    default:
      return narrowed(by, row, within);
  }
}

/** The same page, only with what this row is of; the next question is by whom. */
function narrowed(by: GroupBy, row: Row, within?: Record<string, string>): LinkProps | undefined {
  const name = NARROWS[by];
  if (name === undefined || row.key === null) return undefined;
  const value = by === "agent" || by === "task" ? (row.name ?? row.key) : row.key;
  const next = by === "model" || by === "run" ? "agent" : undefined;
  return {
    to: "/costs",
    search: (held: Record<string, unknown>) => ({ ...(within ?? held), [name]: value, by: next }),
  } as LinkProps;
}

function Narrow({ by, row, within }: { by: GroupBy; row: Row; within?: Record<string, string> }) {
  const link = by === "model" || by === "provider" ? undefined : narrowed(by, row, within);
  if (link === undefined) return null;
  const label = `Only the costs of ${nameOf(by, row)}`;
  return (
    <Link {...link} className={styles.narrow} aria-label={label} title={label}>
      <ListFilter size={14} />
    </Link>
  );
}

function Share({ part, of }: { part: string | null; of: string | null }) {
  if (part === null || of === null) return null;
  const found = share(part, of);
  const percent = found * 100;
  return (
    <span className={styles.share}>
      <span className={styles.track}>
        <span className={styles.fill} style={{ width: `${percent}%` }} />
      </span>
      <span className={`${styles.percent} number`}>{percent > 0 && percent < 1 ? "<1" : Math.round(percent)} %</span>
    </span>
  );
}

function Cost({ row }: { row: Row }) {
  const partly = row.unpriced > 0 && row.cost !== null;
  return (
    <span
      className={row.cost === null ? styles.unpriced : styles.cost}
      title={partly ? `without ${row.unpriced} unpriced calls` : undefined}
    >
      {partly && (
        <>
          <span aria-hidden="true">≥ </span>
          <span className="visually-hidden">at least </span>
        </>
      )}
      <Money amount={row.cost} />
    </span>
  );
}

function Change({ row }: { row: Row }) {
  if (row.change_percent === null) return <span className="faint">{row.previous.calls === 0 ? "new" : ""}</span>;
  return <span className="quiet">{change(row.change_percent) ?? "same"}</span>;
}

/** Of the calls that have a price, since only those are in the sum. */
function Average({ row }: { row: Row }) {
  const priced = row.calls - row.unpriced - row.unknown;
  const found = row.cost === null ? null : divided(row.cost, priced, 12);
  return found === null ? <span className="faint">–</span> : <Money amount={found} />;
}

function Tokens({ count, unit }: { count: number; unit: string }) {
  return (
    <span title={`${whole(count)} tokens`} className={count === 0 ? "faint" : undefined}>
      {brief(count)}
      <OnCard> {unit}</OnCard>
    </span>
  );
}
