import { Bot, Cpu, KeyRound, UserRound } from "lucide-react";
import { Ago } from "../ui/Ago";
import type { Column } from "../ui/DataList";
import { type Entry, summary } from "./change";
import styles from "./columns.module.css";
import { targetName } from "./target";

const KINDS = {
  person: { icon: UserRound, word: "person" },
  agent: { icon: Bot, word: "agent" },
  key: { icon: KeyRound, word: "key" },
  system: { icon: Cpu, word: "FlowForge itself" },
} as const;

/** Who acted, with what kind of actor that is. */
export function Who({ principal }: Pick<Entry, "principal">) {
  const kind = KINDS[principal.kind];
  return (
    <span className={styles.who} title={`${principal.name ?? "erased"} (${kind.word})`}>
      <kind.icon size={14} aria-hidden="true" />
      <span className="visually-hidden">{kind.word} </span>
      <span className="truncate">{principal.name ?? <em className="faint">erased</em>}</span>
    </span>
  );
}

const at: Column<Entry> = { name: "at", head: "When", width: "96px", cell: (entry) => <Ago at={entry.at} className="quiet" /> };
const who: Column<Entry> = {
  name: "who",
  head: "Who",
  width: "minmax(0, 1.2fr)",
  cell: (entry) => <Who principal={entry.principal} />,
};
const what: Column<Entry> = {
  name: "action",
  head: "What",
  width: "minmax(0, 1.3fr)",
  main: true,
  cell: (entry) => <span className="mono">{entry.action}</span>,
};
const target: Column<Entry> = {
  name: "target",
  head: "To what",
  width: "minmax(132px, 1.4fr)",
  cell: (entry) => (
    <span title={entry.target.name ?? "erased"}>
      <span className="faint">{entry.target.kind.replaceAll("_", " ")}</span> {targetName(entry)}
    </span>
  ),
};
const detail: Column<Entry> = {
  name: "detail",
  head: "In short",
  width: "minmax(0, 2.4fr)",
  wideOnly: true,
  cell: (entry) => <span className="quiet">{entry.detail === null ? <em>erased</em> : summary(entry)}</span>,
};
const position: Column<Entry> = {
  name: "position",
  head: "Position",
  width: "72px",
  align: "end",
  wideOnly: true,
  cell: (entry) => <span className="number faint">{entry.position === null ? "soon" : `#${entry.position}`}</span>,
};

/** The columns of the list: fewer of them beside an entry. */
export const COLUMNS = { wide: [at, who, what, target, detail, position], narrow: [at, who, what, target] } as const;
