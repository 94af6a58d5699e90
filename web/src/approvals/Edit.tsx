import type { Fault } from "../api/problem";
import { JsonDiff } from "../ui/Diff";
import { changesOf } from "../ui/json_change";
import { faultsOf } from "../ui/json_fault";
import { isRecord } from "../ui/json_shape";
import { SchemaForm } from "../ui/SchemaForm";
import { type Approval, standing } from "./approval";
import styles from "./Edit.module.css";

/** What was typed in place of the arguments; undefined: nothing yet. */
export type Draft = { value: unknown; change: (value: unknown) => void };

/** The edited arguments, where they are others than were asked for and nothing is wrong with them as far as can be told here. */
export function editedOf(approval: Approval, draft: Draft): Record<string, unknown> | null {
  const { value } = draft;
  if (value === undefined || !isRecord(value) || changesOf(standing(approval), value).length === 0) return null;
  return faultsOf(approval.schema ?? {}, value).length === 0 ? value : null;
}

/** Other arguments than were asked for, in their place, with what that changes in sight. */
export function Edit({ approval, draft, faults }: { approval: Approval; draft: Draft; faults: readonly Fault[] }) {
  const before = standing(approval);
  const schema = approval.schema ?? {};
  const value = draft.value === undefined ? before : draft.value;
  const own = faultsOf(schema, value).map((one) => ({ ...one, pointer: `/edited_args${one.pointer}` }));
  return (
    <div className={styles.edit}>
      <SchemaForm
        label="Other arguments"
        schema={schema}
        value={value}
        onChange={draft.change}
        original={before}
        faults={[...own, ...faults]}
        at="/edited_args"
        autoFocus
      />
      <section className={styles.changes} aria-label="What you change">
        <JsonDiff before={before} after={value} />
      </section>
    </div>
  );
}
