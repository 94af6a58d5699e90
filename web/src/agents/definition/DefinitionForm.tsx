import { useState } from "react";
import type { Fault } from "../../api/problem";
import { Button } from "../../ui/Button";
import { TextArea, TextField } from "../../ui/Field";
import { saidAt } from "../../ui/json_fault";
import { isRecord, Unparsed } from "../../ui/json_shape";
import { JsonArea } from "../../ui/SchemaField";
import { BudgetField } from "./BudgetField";
import { bodyOf, type Draft, partsIn, textsIn } from "./draft";
import styles from "./form.module.css";
import { ModelField } from "./ModelField";
import { MoreFields } from "./MoreFields";
import { SkillsField } from "./SkillsField";
import { ToolsField } from "./ToolsField";

/** All that people say of an agent: what it mostly needs first, the rest folded. The same as JSON behind a switch. */
export function DefinitionForm({
  draft,
  onChange,
  faults,
  heading,
  own,
  autoFocus = false,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  faults: readonly Fault[];
  /** What is being done, where nothing around it says that. */
  heading?: string;
  /** The name that the agent has already: it gives itself no work. */
  own?: string;
  autoFocus?: boolean;
}) {
  const [text, setText] = useState<{ value: unknown } | null>(null);
  const set = (next: Draft) => onChange({ ...draft, ...next });
  const fault = (pointer: string) => saidAt(faults, pointer, true);
  const written = (name: string) => (typeof draft[name] === "string" ? (draft[name] as string) : "");
  const toggle = () => setText(text === null ? { value: { ...bodyOf(draft), note: undefined } } : null);
  return (
    <div className={styles.form}>
      <div className={styles.head}>
        {heading !== undefined && <h2 className={styles.heading}>{heading}</h2>}
        <Button size="small" look="bare" aria-pressed={text !== null} disabled={text?.value instanceof Unparsed} onClick={toggle}>
          {text === null ? "As JSON" : "As a form"}
        </Button>
      </div>
      {text === null ? (
        <>
          <div className={styles.pair}>
            <TextField
              label="Name"
              className="mono"
              placeholder="atlas"
              hint="People assign work to it and mention it by this name."
              maxLength={64}
              autoComplete="off"
              spellCheck={false}
              autoFocus={autoFocus}
              value={written("name")}
              error={fault("/name")}
              onChange={(event) => set({ name: event.target.value })}
            />
            <ModelField value={written("model")} error={fault("/model")} onChange={(model) => set({ model })} />
          </div>
          <TextField
            label="Description"
            hint="What it is for: people read it, and agents that may give it work."
            placeholder="Looks after orders and refunds."
            maxLength={1024}
            value={written("description")}
            error={fault("/description")}
            onChange={(event) => set({ description: event.target.value })}
          />
          <TextArea
            label="Instructions"
            hint="How it is to work, in every run."
            placeholder="Refund at most 300 dollars without asking."
            rows={Math.min(18, Math.max(5, written("instructions").split("\n").length + 1))}
            value={written("instructions")}
            error={fault("/instructions")}
            onChange={(event) => set({ instructions: event.target.value })}
          />
          <SkillsField value={textsIn(draft.skills)} error={fault("/skills")} onChange={(skills) => set({ skills })} />
          <ToolsField
            value={textsIn(draft.tools)}
            approval={partsIn(draft.approval)}
            error={fault("/tools") ?? fault("/approval")}
            onChange={(tools, approval) => set({ tools, approval })}
          />
          <BudgetField value={draft.budget} error={fault("/budget")} onChange={(budget) => set({ budget })} />
          <MoreFields draft={draft} set={set} faults={faults} own={own} />
        </>
      ) : (
        <JsonArea
          label="The definition as JSON"
          hint="The same fields as in a file of a project and over the API."
          rows={20}
          value={text.value}
          error={
            isRecord(text.value) || text.value instanceof Unparsed
              ? faults.map(told).join(" ") || undefined
              : "An object, as in {}."
          }
          onChange={(value) => {
            setText({ value });
            if (isRecord(value) && !(value instanceof Unparsed)) onChange({ ...value, note: draft.note });
            else onChange({ name: draft.name, model: new Unparsed("", "The definition is no object.") });
          }}
        />
      )}
      <TextField
        label="Why (optional)"
        hint="Kept with the revision."
        maxLength={500}
        value={written("note")}
        error={fault("/note")}
        onChange={(event) => set({ note: event.target.value })}
      />
    </div>
  );
}

function told({ pointer, detail }: Fault): string {
  return pointer ? `${pointer}: ${detail}` : detail;
}
