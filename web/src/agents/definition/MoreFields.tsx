import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import type { Fault } from "../../api/problem";
import { boardList } from "../../board/queries";
import { may } from "../../session";
import { mcpServers } from "../../tools/queries";
import { nameOf } from "../../tools/server_words";
import { Avatar } from "../../ui/Avatar";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { saidAt } from "../../ui/json_fault";
import { JsonArea } from "../../ui/SchemaField";
import { agentList } from "../queries";
import { ChosenList } from "./ChosenList";
import { type Draft, partsIn, textsIn } from "./draft";
import styles from "./form.module.css";
import { NamesField } from "./NamesField";
import { NumberField } from "./NumberField";

const FIELDS = [
  "limits",
  "concurrency",
  "memory",
  "delegates_to",
  "mcp_servers",
  "done_column",
  "output",
  "retries",
  "fallbacks",
  "model_settings",
];

/** What most agents go without. It opens by itself where something in it is wrong. */
export function MoreFields({
  draft,
  set,
  faults,
  own,
}: {
  draft: Draft;
  set: (next: Draft) => void;
  faults: readonly Fault[];
  own?: string;
}) {
  const fault = (pointer: string) => saidAt(faults, pointer, true);
  const wrong = FIELDS.some((name) => fault(`/${name}`) !== undefined);
  return (
    <details className={styles.more} open={wrong || undefined}>
      <summary>Limits, other agents, answers, fallbacks</summary>
      <div>
        <Limits draft={draft} set={set} fault={fault} />
        <Company draft={draft} set={set} fault={fault} own={own} />
        <fieldset className={styles.group}>
          <legend>Its answers and its model</legend>
          <div className={styles.pair}>
            <NamesField
              label="Fallbacks"
              hint="Models that are asked in this order when its own fails, with commas between them."
              placeholder="gpt-4o, o3"
              value={textsIn(draft.fallbacks)}
              error={fault("/fallbacks")}
              onChange={(fallbacks) => set({ fallbacks })}
            />
            <NumberField
              label="Repairs"
              hint="How often an answer that does not fit is asked for again. 1 unless said."
              placeholder="1"
              value={draft.retries}
              error={fault("/retries")}
              onChange={(retries) => set({ retries })}
            />
          </div>
          <JsonArea
            label="JSON Schema of its answers"
            hint='With one, its results are data that fit it: {"type": "object", "properties": …}'
            value={draft.output ?? undefined}
            error={fault("/output")}
            onChange={(output) => set({ output: output ?? null })}
          />
          <JsonArea
            label="Settings of the model"
            hint='As LiteLLM names them: {"temperature": 0.2}'
            value={isEmpty(draft.model_settings) ? undefined : draft.model_settings}
            error={fault("/model_settings")}
            onChange={(settings) => set({ model_settings: settings ?? {} })}
          />
        </fieldset>
      </div>
    </details>
  );
}

type Part = { draft: Draft; set: (next: Draft) => void; fault: (pointer: string) => string | undefined };

function Limits({ draft, set, fault }: Part) {
  const limits = partsIn(draft.limits);
  const limit = (next: Draft) => set({ limits: { ...limits, ...next } });
  const text = (name: string) => (limits[name] === null || limits[name] === undefined ? "" : String(limits[name]));
  return (
    <fieldset className={styles.group}>
      <legend>Limits of one run</legend>
      <div className={styles.several}>
        <NumberField
          label="Turns"
          hint="Requests to its model."
          placeholder="200"
          value={limits.turns}
          error={fault("/limits/turns")}
          onChange={(turns) => limit({ turns })}
        />
        <NumberField
          label="Tool calls"
          placeholder="no limit"
          value={limits.tool_calls}
          error={fault("/limits/tool_calls")}
          onChange={(tool_calls) => limit({ tool_calls })}
        />
        <TextField
          label="Dollars"
          hint="With all that it gives away."
          placeholder="no limit"
          inputMode="decimal"
          autoComplete="off"
          value={text("money")}
          error={fault("/limits/money")}
          onChange={(event) => limit({ money: event.target.value.trim() || null })}
        />
        <TextField
          label="Time of work"
          hint="Waiting does not count: 2h, 30m."
          placeholder="no limit"
          autoComplete="off"
          value={text("wall_time")}
          error={fault("/limits/wall_time")}
          onChange={(event) => limit({ wall_time: event.target.value || null })}
        />
        <SelectField
          label="At a limit"
          value={text("on_limit") || "fail"}
          error={fault("/limits/on_limit")}
          onChange={(event) => limit({ on_limit: event.target.value })}
        >
          <option value="fail">the run fails</option>
          <option value="ask">a person is asked for more</option>
        </SelectField>
        <NumberField
          label="Runs at once"
          hint="The others wait their turn."
          placeholder="no limit"
          value={draft.concurrency}
          error={fault("/concurrency")}
          onChange={(concurrency) => set({ concurrency })}
        />
      </div>
    </fieldset>
  );
}

/** With whom and with what it works together. */
function Company({ draft, set, fault, own }: Part & { own?: string }) {
  const list = useId();
  const { data: agents } = useQuery(agentList);
  const { data: servers } = useQuery({ ...mcpServers, enabled: may("tools:read") });
  const { data: boards } = useQuery({ ...boardList, enabled: may("tasks:read") });
  const given = textsIn(draft.delegates_to);
  const reached = textsIn(draft.mcp_servers);
  const columns = [...new Set((boards ?? []).flatMap((board) => board.columns))];
  return (
    <fieldset className={styles.group}>
      <legend>Others</legend>
      <ChosenList
        label="May give work to"
        options={(agents ?? [])
          .filter((one) => one.archived_at === null && one.name !== own && !given.includes(one.name))
          .map((one) => ({
            value: one.name,
            label: one.name,
            hint: one.description || one.model,
            icon: <Avatar name={one.name} kind="agent" size={18} />,
          }))}
        value={given}
        error={fault("/delegates_to")}
        onChange={(delegates_to) => set({ delegates_to })}
        placeholder="No other agent"
        noMatch="No other agent of that name"
      />
      <ChosenList
        label="MCP servers"
        hint="All tools that somebody has accepted of them."
        options={(servers ?? []).map(nameOf).flatMap((name) => (reached.includes(name) ? [] : [{ value: name, label: name }]))}
        value={reached}
        error={fault("/mcp_servers")}
        onChange={(mcp_servers) => set({ mcp_servers })}
        placeholder="None"
        noMatch="No server of that name"
      />
      <div className={styles.pair}>
        <TextField
          label="Column for finished cards"
          list={list}
          placeholder="Review"
          maxLength={100}
          value={typeof draft.done_column === "string" ? draft.done_column : ""}
          error={fault("/done_column")}
          onChange={(event) => set({ done_column: event.target.value })}
        />
        <CheckField
          label="It keeps notes"
          hint="With a memory it remembers across its runs what it wrote down."
          checked={draft.memory === true}
          error={fault("/memory")}
          onChange={(event) => set({ memory: event.target.checked })}
        />
      </div>
      <datalist id={list}>
        {columns.map((column) => (
          <option key={column} value={column} />
        ))}
      </datalist>
    </fieldset>
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}
