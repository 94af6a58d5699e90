import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { SearchField } from "../ui/SearchField";
import { EffectMark } from "./EffectMark";
import { type Tool, useTools } from "./queries";
import styles from "./ToolList.module.css";
import { approvalWords, originWords, stateWords } from "./tool_words";

const COLUMNS: readonly Column<Tool>[] = [
  { name: "name", head: "Tool", width: "minmax(150px, 3fr)", main: true, cell: (tool) => <Name tool={tool} /> },
  {
    name: "description",
    head: "What it does",
    width: "minmax(0, 4fr)",
    wideOnly: true,
    cell: (tool) => (
      <span className="quiet" title={tool.description}>
        {tool.description}
      </span>
    ),
  },
  {
    name: "effect",
    head: "Effect",
    width: "86px",
    cell: (tool) => <EffectMark effect={tool.effect} reversible={tool.reversible} />,
  },
  {
    name: "approval",
    head: "Asks first",
    width: "86px",
    cell: (tool) => (
      <span className={approvalWords(tool).short === "no" ? "faint" : undefined} title={approvalWords(tool).long}>
        <OnCard>asks: </OnCard>
        {approvalWords(tool).short}
      </span>
    ),
  },
  {
    name: "origin",
    head: "From",
    width: "minmax(64px, 1fr)",
    cell: (tool) => <span className="faint">{originWords(tool)}</span>,
  },
  { name: "calls", head: "Today", width: "88px", align: "end", cell: (tool) => <Calls tool={tool} /> },
  {
    name: "called",
    head: "Last call",
    width: "90px",
    align: "end",
    wideOnly: true,
    cell: (tool) => <Ago at={tool.called_at} className="faint" />,
  },
];

/** All that agents can be given. */
export function ToolList({ onNew }: { onNew: (() => void) | undefined }) {
  const { q } = useSearch({ from: "/tools" });
  const navigate = useNavigate({ from: "/tools" });
  const filter = useRef<HTMLInputElement>(null);
  const tools = useTools();
  useShortcuts([{ keys: "/", label: "Filter", group: "Tools", run: () => filter.current?.focus() }]);
  const change = (next: string | undefined) => void navigate({ search: (held) => ({ ...held, q: next }), replace: true });
  const wanted = (q ?? "").trim().toLowerCase();
  const rows = tools.rows?.filter(
    (one) => wanted === "" || `${one.name} ${one.description} ${one.effect} ${originWords(one)}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div className={styles.search}>
        <SearchField
          label="Filter tools"
          placeholder="Name, effect or where it is from"
          value={q ?? ""}
          onChange={(q) => change(q || undefined)}
          inputRef={filter}
        />
      </div>
      <DataList
        {...tools}
        label="Tools"
        columns={COLUMNS}
        rows={rows}
        rowKey={(tool) => `${tool.name} ${tool.origin} ${tool.state}`}
        rowLink={(tool) =>
          tool.origin === "mcp" && tool.state !== "ready" && tool.server !== null
            ? { to: "/tools", search: { view: "servers", server: tool.server } }
            : { to: "/tools", search: { tool: tool.name } }
        }
        empty={
          wanted !== "" ? (
            <Empty title="No tool fits" action={<Button onClick={() => change(undefined)}>Show all</Button>} />
          ) : (
            <Empty
              title="No tool is known yet"
              command="flowforge tools add get_order.json"
              action={
                onNew && (
                  <Button look="ink" onClick={onNew}>
                    Describe a call over HTTP
                  </Button>
                )
              }
            >
              Tools come from code (<code>@flowforge.tool</code>), from descriptions of HTTP calls, from MCP servers, and with
              FlowForge.
            </Empty>
          )
        }
      />
    </>
  );
}

function Name({ tool }: { tool: Tool }) {
  return (
    <span className={styles.name}>
      <span className={styles.own}>{tool.name}</span>
      {tool.state !== "ready" && (
        <Chip tone={tool.state === "new" || tool.state === "changed" ? "needs" : "plain"} title={stateWords(tool) ?? undefined}>
          {tool.state}
        </Chip>
      )}
    </span>
  );
}

function Calls({ tool }: { tool: Tool }) {
  if (tool.calls_today === 0) return null;
  return (
    <span className="number" title={tool.error ?? undefined}>
      {tool.calls_today === 1 ? "1 call" : `${tool.calls_today} calls`}
      {tool.failures_today > 0 && <span className={styles.failed}> ✗ {tool.failures_today}</span>}
    </span>
  );
}
