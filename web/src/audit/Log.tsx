import { useNavigate } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { useRef } from "react";
import { SINCE } from "../events/since";
import { useShortcuts } from "../keys/shortcuts";
import { setPaused } from "../live/start";
import { useLiveState } from "../live/state";
import { Button } from "../ui/Button";
import { DataList } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import { usePages } from "../ui/usePages";
import { useWide } from "../ui/useWide";
import { COLUMNS } from "./columns";
import { EntryPane } from "./EntryPane";
import { FilterField } from "./FilterField";
import type { Filters } from "./follow";
import styles from "./Log.module.css";
import { listKey, listPage } from "./queries";
import { useFollow } from "./useFollow";

/** The entries, the newest first, as they come; one of them beside the list. */
export function Log({ filters, entry }: { filters: Filters; entry: string | undefined }) {
  const navigate = useNavigate();
  const { paused } = useLiveState();
  const search = useRef<HTMLInputElement>(null);
  const beside = useWide(1180);
  const follow = useFollow();
  const pages = usePages(listKey(filters), (cursor, signal) => listPage(filters, cursor, signal), follow.ready);
  const narrowed = Object.values(filters).some((value) => value !== undefined);
  const change = (next: Filters) => void navigate({ to: "/audit", search: (held) => ({ ...held, ...next }), replace: true });
  const open = (id: string | undefined) =>
    void navigate({ to: "/audit", search: (held) => ({ ...held, entry: id }), replace: !id });
  useShortcuts([
    { keys: "/", label: "Search the log", group: "Audit", run: () => search.current?.focus() },
    ...(entry === undefined ? [] : [{ keys: "Escape", label: "Close the entry", group: "Audit", run: () => open(undefined) }]),
  ]);
  const pane = entry !== undefined && <EntryPane key={entry} id={entry} onClose={() => open(undefined)} />;
  if (pane && !beside) return pane;
  return (
    <>
      <div className={styles.filters}>
        <FilterField label="Search" placeholder="Search" value={filters.q} onChange={(q) => change({ q })} inputRef={search} />
        <FilterField label="Who acted" placeholder="Who: mira" value={filters.actor} onChange={(actor) => change({ actor })} />
        <FilterField
          label="What was done, or its beginning"
          placeholder="What: task."
          value={filters.action}
          onChange={(action) => change({ action })}
        />
        <FilterField
          label="To what"
          placeholder="To what: FF-12"
          value={filters.target}
          onChange={(target) => change({ target })}
        />
        <SelectField
          label="Since"
          labelHidden
          value={filters.since ?? ""}
          onChange={(event) => change({ since: event.target.value || undefined })}
        >
          <option value="">Any time</option>
          {SINCE.map((one) => (
            <option key={one.name} value={one.name}>
              {one.label}
            </option>
          ))}
        </SelectField>
        <Button
          look="bare"
          icon={paused ? <Play size={14} /> : <Pause size={14} />}
          hotkey="Space"
          onClick={() => setPaused(!paused)}
        >
          {paused ? (follow.held === 0 ? "Go on" : `Show ${follow.held} new`) : "Hold still"}
        </Button>
      </div>
      {follow.failure ? (
        <Failure reason={follow.failure} retry={follow.retry} />
      ) : (
        <div className={pane ? styles.split : styles.alone}>
          <DataList
            label="Entries"
            columns={COLUMNS[pane ? "narrow" : "wide"]}
            rowKey={(row) => row.id}
            rowLink={(row) => ({ to: "/audit", search: (held: Record<string, unknown>) => ({ ...held, entry: row.id }) })}
            isCurrent={(row) => entry !== undefined && row.id.endsWith(entry)}
            empty={<Nothing narrowed={narrowed} onAll={() => void navigate({ to: "/audit" })} />}
            {...pages}
          />
          {pane}
        </div>
      )}
    </>
  );
}

function Nothing({ narrowed, onAll }: { narrowed: boolean; onAll: () => void }) {
  if (narrowed)
    return (
      <Empty title="No entry fits" action={<Button onClick={onAll}>Show the whole log</Button>}>
        Who and to what are whole names; what was done is found by its beginning, as <code>task.</code>
      </Empty>
    );
  return (
    <Empty title="Nothing was done here yet" command='flowforge board add "Try it"'>
      Every change by a person, a key or an agent is one entry, written in the transaction of its act.
    </Empty>
  );
}
