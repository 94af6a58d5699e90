import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useRef } from "react";
import { functionList } from "../functions/queries";
import { useShortcuts } from "../keys/shortcuts";
import { Button } from "../ui/Button";
import { SelectField, TextField } from "../ui/Field";
import { Picker } from "../ui/Picker";
import { StateGlyph, stateWord } from "../ui/StateMark";
import { type RunSearch, STATES } from "./list_filter";
import styles from "./RunFilters.module.css";
import { functionName } from "./words";

const SINCE = [
  ["1h", "last hour"],
  ["24h", "last 24 hours"],
  ["7d", "last 7 days"],
  ["30d", "last 30 days"],
] as const;

/** What the list shows: states as a row of links, the rest as fields. All of it stands in the address. */
export function RunFilters({ search, onChange }: { search: RunSearch; onChange: (next: RunSearch) => void }) {
  const text = useRef<HTMLInputElement>(null);
  const { data: functions } = useQuery(functionList);
  useShortcuts([{ keys: "/", label: "Look for a text in errors", group: "Runs", run: () => text.current?.focus() }]);
  const options = (functions ?? []).map((one) => ({ value: one.id, label: functionName(one.id), hint: one.id }));
  const known = SINCE.some(([name]) => name === search.since);
  const narrowed = Object.values(search).some((value) => value !== undefined);
  return (
    <search className={styles.filters}>
      <nav className={styles.states} aria-label="State">
        <StateLink search={search} state={undefined} />
        {STATES.map((state) => (
          <StateLink key={state} search={search} state={state} />
        ))}
      </nav>
      <div className={styles.fields}>
        <div className={styles.function}>
          <Picker
            label="Function"
            labelHidden
            placeholder="Any function"
            clearable
            options={options}
            value={search.fn ?? null}
            onChange={(fn) => onChange({ fn: fn ?? undefined })}
          />
        </div>
        <SelectField
          label="Since"
          labelHidden
          value={search.since ?? ""}
          onChange={(event) => onChange({ since: event.target.value || undefined })}
        >
          <option value="">Any time</option>
          {SINCE.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
          {search.since !== undefined && !known && <option value={search.since}>since {search.since}</option>}
        </SelectField>
        <ErrorText key={search.q ?? ""} q={search.q} inputRef={text} onChange={(q) => onChange({ q })} />
        {search.state === "failed" && (
          <SelectField
            label="Failures"
            labelHidden
            value={search.dismissed ?? ""}
            onChange={(event) => onChange({ dismissed: event.target.value || undefined })}
          >
            <option value="no">to look at</option>
            <option value="yes">dismissed</option>
            <option value="">all failures</option>
          </SelectField>
        )}
        <SelectField
          label="Kind"
          labelHidden
          value={search.test ?? ""}
          onChange={(event) => onChange({ test: event.target.value || undefined })}
        >
          <option value="">Live and test</option>
          <option value="no">live only</option>
          <option value="yes">test only</option>
        </SelectField>
        {search.error !== undefined && (
          <Button size="small" icon={<X size={14} />} onClick={() => onChange({ error: undefined })}>
            Error: {search.error}
          </Button>
        )}
        {search.until !== undefined && (
          <Button size="small" icon={<X size={14} />} onClick={() => onChange({ until: undefined })}>
            Until {search.until}
          </Button>
        )}
        {narrowed && (
          <Link to="/runs" search={{}} replace className={styles.clear}>
            Show all
          </Link>
        )}
      </div>
    </search>
  );
}

/** Failed runs are at first those that nobody has seen to. */
function StateLink({ search, state }: { search: RunSearch; state: (typeof STATES)[number] | undefined }) {
  const current = search.state === state;
  return (
    <Link
      to="/runs"
      search={(held) => ({ ...held, state, dismissed: state === "failed" ? "no" : undefined })}
      replace
      className={styles.state}
      aria-current={current ? "true" : undefined}
      activeOptions={{ exact: true, explicitUndefined: true }}
    >
      {state !== undefined && <StateGlyph state={state} />}
      {state === undefined ? "all" : stateWord(state)}
    </Link>
  );
}

/** What is typed goes into the address when its writer is done with it, so that each letter is no request. */
function ErrorText({
  q,
  inputRef,
  onChange,
}: {
  q: string | undefined;
  inputRef: React.RefObject<HTMLInputElement | null>;
  onChange: (q: string | undefined) => void;
}) {
  const done = (text: string) => {
    const next = text.trim() || undefined;
    if (next !== q) onChange(next);
  };
  return (
    <form
      className={styles.text}
      onSubmit={(event) => {
        event.preventDefault();
        done(inputRef.current?.value ?? "");
      }}
    >
      <TextField
        ref={inputRef}
        label="Text in the error"
        labelHidden
        type="search"
        placeholder="text in the error"
        defaultValue={q ?? ""}
        maxLength={500}
        onBlur={(event) => done(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && inputRef.current?.blur()}
      />
    </form>
  );
}
