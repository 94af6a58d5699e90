import { useState } from "react";
import type { Fault } from "../../api/problem";
import { ROLE_NAMES, ROLES } from "../../people/roles";
import { CheckField, SelectField, TextArea, TextField } from "../../ui/Field";
import { Fields } from "../Part";
import styles from "./PolicyForm.module.css";
import type { Draft } from "./rule_draft";

const EFFECTS = ["read", "write", "money", "outside"];
const SAID_AT_A_FIELD = ["tool", "agent", "labels", "when", "zone", "reason", "require"];

type Props = { value: Draft; faults: readonly Fault[]; onChange: (change: Partial<Draft>) => void };

/** One rule: which calls it is about, what becomes of them, and who is asked. */
export function RuleFields({ value, faults, onChange }: Props) {
  const fault = (pointer: string) => faults.find((one) => one.pointer?.startsWith(pointer))?.detail;
  const whole = faults.find((one) => !SAID_AT_A_FIELD.includes(one.pointer?.split("/")[1] ?? ""))?.detail;
  return (
    <>
      <Fields>
        <TextField
          label="Tools"
          hint="Names with commas; * and ? stand for any letters. Empty: all"
          placeholder="issue_refund, send_*"
          className="mono"
          spellCheck={false}
          value={value.tool}
          error={fault("/tool")}
          onChange={(event) => onChange({ tool: event.target.value })}
        />
        <SelectField
          label="The call"
          value={value.action}
          onChange={(event) => onChange({ action: event.target.value as Draft["action"] })}
        >
          <option value="allow">runs</option>
          <option value="require">waits for people</option>
          <option value="deny">never runs</option>
        </SelectField>
      </Fields>
      <TextArea
        label="When"
        hint="An expression over args, tool, agent, task, cost, taint and now. Empty: always"
        placeholder="args.amount > 100.0"
        code
        rows={2}
        spellCheck={false}
        value={value.when}
        error={fault("/when")}
        onChange={(event) => onChange({ when: event.target.value })}
      />
      <TextField
        label="Reason"
        hint={
          value.action === "deny"
            ? "Needed here: the model reads why its call was denied"
            : "People read it at the approval, the model when it is denied"
        }
        value={value.reason}
        maxLength={500}
        error={fault("/reason")}
        onChange={(event) => onChange({ reason: event.target.value })}
      />
      {value.action === "require" && <Terms value={value} fault={fault("/require")} onChange={onChange} />}
      <Narrower value={value} fault={fault} onChange={onChange} />
      {whole !== undefined && <p className={styles.fault}>✗ {whole}</p>}
    </>
  );
}

function Terms({ value, fault, onChange }: { value: Draft; fault?: string; onChange: Props["onChange"] }) {
  // As it was when it was opened: a field that is emptied must not close what one is writing in.
  const [used] = useState(value.count !== "1" || value.roles.length > 0 || value.people !== "");
  return (
    <details className={styles.more} open={used || fault !== undefined}>
      <summary>Who is asked</summary>
      <div>
        <Fields>
          <TextField
            label="How many people"
            type="number"
            min={1}
            max={20}
            value={value.count}
            onChange={(event) => onChange({ count: event.target.value })}
          />
          <TextField
            label="Only these people"
            placeholder="mira, jonas"
            value={value.people}
            onChange={(event) => onChange({ people: event.target.value })}
          />
        </Fields>
        <Checks
          legend="Of these roles"
          options={ROLE_NAMES.map((role) => ({ value: role, label: ROLES[role].label }))}
          value={value.roles}
          onChange={(roles) => onChange({ roles })}
        />
        <CheckField
          label="Not whoever gave the work"
          checked={value.not_requester}
          onChange={(event) => onChange({ not_requester: event.target.checked })}
        />
        <Fields>
          <TextField
            label="Reads as denied after"
            placeholder="never"
            value={value.expires}
            onChange={(event) => onChange({ expires: event.target.value })}
          />
          <TextField
            label="Reminded after"
            placeholder="never"
            value={value.remind_after}
            onChange={(event) => onChange({ remind_after: event.target.value })}
          />
          <TextField
            label="Escalates after"
            placeholder="never"
            value={value.escalate_after}
            onChange={(event) => onChange({ escalate_after: event.target.value })}
          />
          <SelectField
            label="Escalates to"
            value={value.escalate_to}
            onChange={(event) => onChange({ escalate_to: event.target.value })}
          >
            <option value="">nobody</option>
            {ROLE_NAMES.map((role) => (
              <option key={role} value={role}>
                {ROLES[role].label}
              </option>
            ))}
          </SelectField>
        </Fields>
        {fault !== undefined && <p className={styles.fault}>✗ {fault}</p>}
      </div>
    </details>
  );
}

function Narrower({
  value,
  fault,
  onChange,
}: {
  value: Draft;
  fault: (pointer: string) => string | undefined;
  onChange: Props["onChange"];
}) {
  const [used] = useState(
    value.effect.length > 0 ||
      value.agent !== "" ||
      value.labels !== "" ||
      value.tainted !== "" ||
      value.zone !== "" ||
      value.grantable !== "",
  );
  return (
    <details className={styles.more} open={used || ["/agent", "/labels", "/zone"].some((one) => fault(one) !== undefined)}>
      <summary>Narrower</summary>
      <div>
        <Checks
          legend="Only tools whose effect is"
          options={EFFECTS.map((effect) => ({ value: effect, label: effect }))}
          value={value.effect}
          onChange={(effect) => onChange({ effect })}
        />
        <Fields>
          <TextField
            label="Only these agents"
            value={value.agent}
            error={fault("/agent")}
            onChange={(event) => onChange({ agent: event.target.value })}
          />
          <TextField
            label="Only tasks with a label"
            hint="One of them is enough"
            value={value.labels}
            error={fault("/labels")}
            onChange={(event) => onChange({ labels: event.target.value })}
          />
          <SelectField
            label="The agent has read untrusted content"
            hint="Runs after that only where a rule says yes here"
            value={value.tainted}
            onChange={(event) => onChange({ tainted: event.target.value as Draft["tainted"] })}
          >
            <option value="">either way</option>
            <option value="yes">yes</option>
            <option value="no">no</option>
          </SelectField>
          <SelectField
            label="May be granted for further calls"
            value={value.grantable}
            onChange={(event) => onChange({ grantable: event.target.value as Draft["grantable"] })}
          >
            <option value="">as the tool's effect has it</option>
            <option value="yes">yes, money too</option>
            <option value="no">never</option>
          </SelectField>
          <TextField
            label="Time zone of now"
            placeholder="UTC"
            value={value.zone}
            error={fault("/zone")}
            onChange={(event) => onChange({ zone: event.target.value })}
          />
        </Fields>
      </div>
    </details>
  );
}

type ChecksProps = {
  legend: string;
  options: readonly { value: string; label: string }[];
  value: readonly string[];
  onChange: (value: string[]) => void;
};

function Checks({ legend, options, value, onChange }: ChecksProps) {
  return (
    <fieldset>
      <legend className={styles.legend}>{legend}</legend>
      <div className={styles.checks}>
        {options.map((one) => (
          <CheckField
            key={one.value}
            label={one.label}
            checked={value.includes(one.value)}
            onChange={(event) =>
              onChange(event.target.checked ? [...value, one.value] : value.filter((each) => each !== one.value))
            }
          />
        ))}
      </div>
    </fieldset>
  );
}
