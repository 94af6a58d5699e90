import { useRef } from "react";
import { useShortcuts } from "../../keys/shortcuts";
import { Button } from "../../ui/Button";
import { CheckField, SelectField } from "../../ui/Field";
import { SearchField } from "../../ui/SearchField";
import { StateGlyph, stateWord } from "../../ui/StateMark";
import type { Agent } from "../agent_queries";
import { counted, STANDINGS, skillName, type Wish } from "./choice";
import styles from "./Filters.module.css";

/** How many do what, each a button that shows only those; and words, skills and models to look for. */
export function Filters({
  agents,
  wish,
  onChange,
}: {
  agents: readonly Agent[];
  wish: Wish;
  onChange: (part: Partial<Wish>) => void;
}) {
  const words = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: "Filter", group: "Agents", run: () => words.current?.focus() }]);
  const counts = counted(agents, wish);
  const shown = STANDINGS.filter((one) => counts.has(one) || one === wish.status);
  const skills = [...new Set(agents.flatMap((one) => (one.skills ?? []).map(skillName)))].sort();
  const models = [...new Set(agents.map((one) => one.model))].sort();
  const archived = agents.filter((one) => one.status === "archived").length;
  return (
    <div className={styles.filters}>
      <div className={styles.search}>
        <SearchField
          label="Filter agents"
          placeholder="Name, model or skill"
          value={wish.q ?? ""}
          onChange={(q) => onChange({ q: q || undefined })}
          inputRef={words}
        />
      </div>
      <fieldset className={styles.standings}>
        <legend className="visually-hidden">Only those that are</legend>
        {shown.map((one) => (
          <Button
            key={one}
            size="small"
            look="bare"
            className={styles.standing}
            aria-pressed={wish.status === one}
            onClick={() => onChange({ status: wish.status === one ? undefined : one })}
          >
            <StateGlyph state={one} />
            {one === "needs" ? "needs a person" : stateWord(one)}
            <span className="number">{counts.get(one) ?? 0}</span>
          </Button>
        ))}
      </fieldset>
      <span className={styles.gap} />
      {(skills.length > 0 || wish.skill !== undefined) && (
        <Select label="Skill" any="Any skill" options={skills} value={wish.skill} onChange={(skill) => onChange({ skill })} />
      )}
      {(models.length > 1 || wish.model !== undefined) && (
        <Select label="Model" any="Any model" options={models} value={wish.model} onChange={(model) => onChange({ model })} />
      )}
      {archived > 0 && (
        <CheckField
          label={`Archived (${archived})`}
          checked={wish.archived !== undefined}
          onChange={(event) => onChange({ archived: event.target.checked ? "1" : undefined })}
        />
      )}
    </div>
  );
}

function Select({
  label,
  any,
  options,
  value,
  onChange,
}: {
  label: string;
  any: string;
  options: readonly string[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const known = value === undefined || options.includes(value) ? options : [value, ...options];
  return (
    <div className={styles.select}>
      <SelectField label={label} labelHidden value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">{any}</option>
        {known.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </SelectField>
    </div>
  );
}
