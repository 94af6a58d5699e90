import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import type { Fault } from "../../api/problem";
import { Button, IconButton } from "../../ui/Button";
import { TextArea, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { Fields } from "../Part";
import styles from "./PolicyForm.module.css";
import { POLICIES, type Policy, type Rule } from "./queries";
import { RuleFields } from "./RuleFields";
import { type Draft, draftOf, FRESH, ruleOf } from "./rule_draft";

type Kept = { id: number; draft: Draft };

/** A new policy, or with `of` one that is changed: a form for each rule, or all of them as JSON. */
export function PolicyForm({ of: policy, onClose }: { of?: Policy; onClose: () => void }) {
  const [name, setName] = useState(policy?.name ?? "");
  const [place, setPlace] = useState(String(policy?.place ?? 100));
  const [rules, setRules] = useState<Kept[]>(() => (policy?.rules.map(draftOf) ?? [FRESH]).map((draft, id) => ({ id, draft })));
  const [json, setJson] = useState<string | null>(null);
  const written = json === null ? { rules: rules.map(({ draft }) => ruleOf(draft)) } : read(json);
  const save = useAct(async () => {
    const body = { rules: written.rules ?? [], place: Number(place) || 0 };
    if (policy === undefined) return ask(api.POST("/v1/policies", { body: { name: name.trim(), ...body } }));
    const headers = { "if-match": `"${policy.revision}"` };
    return ask(api.PATCH("/v1/policies/{policy}", { params: { path: { policy: policy.id } }, headers, body }));
  }, POLICIES);
  const faults = save.problem?.errors ?? [];

  const swap = (from: number, to: number) => {
    const next = [...rules];
    const [moved] = next.splice(from, 1);
    if (moved !== undefined) next.splice(to, 0, moved);
    setRules(next);
  };
  const toForm = () => {
    if (written.rules === undefined) return;
    setRules(written.rules.map((rule, id) => ({ id, draft: draftOf(rule as Rule) })));
    setJson(null);
  };

  return (
    <FormDialog
      title={policy === undefined ? "New policy" : `Policy ${policy.name}`}
      size="large"
      submit={policy === undefined ? "Make it" : "Save as a new revision"}
      busy={save.busy}
      problem={save.problem}
      fields={faults
        .map((one) => one.pointer ?? "")
        .filter((pointer) => pointer === "/name" || pointer === "/place" || pointer.startsWith("/rules"))}
      disabled={(policy === undefined && name.trim() === "") || written.rules === undefined || written.rules.length === 0}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      <Fields>
        {policy === undefined && (
          <TextField
            label="Name"
            hint="Lower-case letters, digits and hyphens"
            value={name}
            maxLength={64}
            error={save.problem?.fault("/name")}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        <TextField
          label="Place"
          hint="Policies are asked by place, the smallest first"
          type="number"
          min={0}
          value={place}
          error={save.problem?.fault("/place")}
          onChange={(event) => setPlace(event.target.value)}
        />
      </Fields>
      <div className={styles.bar}>
        <h3>Rules</h3>
        <span className="faint">The first that fits decides.</span>
        <Button
          size="small"
          look="bare"
          disabled={written.rules === undefined}
          onClick={() => (json === null ? setJson(JSON.stringify(written.rules, null, 2)) : toForm())}
        >
          {json === null ? "As JSON" : "As a form"}
        </Button>
      </div>
      {json !== null ? (
        <TextArea
          label="Rules as JSON"
          labelHidden
          code
          rows={16}
          spellCheck={false}
          value={json}
          error={written.fault ?? faults.find((one) => one.pointer?.startsWith("/rules"))?.detail}
          onChange={(event) => setJson(event.target.value)}
        />
      ) : (
        <>
          {rules.map(({ id, draft }, index) => (
            <fieldset key={id} className={styles.rule}>
              <legend className="visually-hidden">Rule {index + 1}</legend>
              <div className={styles.bar}>
                <strong className={styles.number}>{index + 1}</strong>
                <IconButton
                  size="small"
                  label={`Rule ${index + 1} up`}
                  icon={<ArrowUp size={14} />}
                  disabled={index === 0}
                  onClick={() => swap(index, index - 1)}
                />
                <IconButton
                  size="small"
                  label={`Rule ${index + 1} down`}
                  icon={<ArrowDown size={14} />}
                  disabled={index === rules.length - 1}
                  onClick={() => swap(index, index + 1)}
                />
                <IconButton
                  size="small"
                  label={`Take rule ${index + 1} away`}
                  icon={<Trash2 size={14} />}
                  disabled={rules.length === 1}
                  onClick={() => setRules(rules.filter((one) => one.id !== id))}
                />
              </div>
              <RuleFields
                value={draft}
                faults={faultsOf(faults, index)}
                onChange={(change) =>
                  setRules(rules.map((one) => (one.id === id ? { id, draft: { ...draft, ...change } } : one)))
                }
              />
            </fieldset>
          ))}
          <div>
            <Button
              icon={<Plus size={14} />}
              onClick={() => setRules([...rules, { id: Math.max(-1, ...rules.map((one) => one.id)) + 1, draft: FRESH }])}
            >
              Another rule
            </Button>
          </div>
        </>
      )}
    </FormDialog>
  );
}

/** What the server found wrong in one rule, by the field: `/rules/0/when` is `/when` of the first. */
function faultsOf(faults: readonly Fault[], index: number): Fault[] {
  const before = `/rules/${index}`;
  return faults.flatMap((one) =>
    one.pointer === before || one.pointer?.startsWith(`${before}/`)
      ? [{ ...one, pointer: one.pointer.slice(before.length) }]
      : [],
  );
}

function read(json: string): { rules?: Record<string, unknown>[]; fault?: string } {
  try {
    const rules: unknown = JSON.parse(json);
    if (!Array.isArray(rules)) return { fault: "This is a list of rules: [ … ]" };
    return { rules: rules as Record<string, unknown>[] };
  } catch (reason) {
    return { fault: reason instanceof Error ? reason.message : String(reason) };
  }
}
