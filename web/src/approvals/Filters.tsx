import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ListFilter, X } from "lucide-react";
import { useState } from "react";
import { agentList } from "../agents/queries";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button } from "../ui/Button";
import { SelectField } from "../ui/Field";
import { Picker } from "../ui/Picker";
import { Popover } from "../ui/Popover";
import styles from "./Filters.module.css";
import { gates, type Wish } from "./queries";
import { EFFECT_WORDS } from "./words";

const NAMES = ["tool", "effect", "agent", "task", "run"] as const;

/** Which approvals are shown: by tool, effect and agent; by task and run where a link came with them. */
export function Filters({ wish }: { wish: Wish }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const set = (change: Wish) => void navigate({ to: "/approvals", search: (held) => ({ ...held, ...change }) });
  useShortcuts([{ keys: "/", label: "Filter", group: "Approvals", run: () => setOpen(true) }]);
  return (
    <>
      {NAMES.map(
        (name) =>
          wish[name] !== undefined && (
            <Button
              key={name}
              size="small"
              className={styles.chip}
              icon={<X size={12} />}
              onClick={() => set({ [name]: undefined })}
            >
              <span className="visually-hidden">Without the filter </span>
              <span className="quiet">{name}</span> <span className="truncate">{wish[name]}</span>
            </Button>
          ),
      )}
      <Popover
        title="Filter approvals"
        align="end"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button icon={<ListFilter size={14} />} hotkey="/">
            Filter
          </Button>
        }
      >
        <Fields wish={wish} set={set} />
      </Popover>
    </>
  );
}

function Fields({ wish, set }: { wish: Wish; set: (change: Wish) => void }) {
  const { data: agents } = useQuery({ ...agentList, enabled: may("agents:read") });
  const { data } = useQuery(gates);
  const named = (names: readonly string[]) => names.map((name) => ({ value: name, label: name }));
  return (
    <>
      <Picker
        label="Tool"
        placeholder="Any"
        clearable
        options={named(
          (data?.tools ?? []).filter((tool) => tool.effect !== "read" || tool.approval === true).map((tool) => tool.name),
        )}
        value={wish.tool ?? null}
        onChange={(tool) => set({ tool: tool ?? undefined })}
      />
      <SelectField
        label="Effect"
        value={wish.effect ?? ""}
        onChange={(event) => set({ effect: (event.target.value || undefined) as Wish["effect"] })}
      >
        <option value="">Any</option>
        {Object.entries(EFFECT_WORDS).map(([effect, word]) => (
          <option key={effect} value={effect}>
            {word}
          </option>
        ))}
      </SelectField>
      <Picker
        label="Agent"
        placeholder="Any"
        clearable
        options={named((agents ?? []).map((agent) => agent.name))}
        value={wish.agent ?? null}
        onChange={(agent) => set({ agent: agent ?? undefined })}
      />
    </>
  );
}
