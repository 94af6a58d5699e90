import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import styles from "./ImportPlan.module.css";
import type { Effect, ToolImport } from "./queries";
import { EFFECT_NAMES, EFFECTS } from "./tool_words";

/** What an import comes to, before it is done: which tools are made, changed and taken away. The effect of each can be set. */
export function ImportPlan({
  plan,
  effects,
  onEffect,
  onBack,
  onClose,
  onDo,
  busy,
  failure,
}: {
  plan: ToolImport;
  effects: Record<string, Effect>;
  onEffect: (name: string, effect: Effect) => void;
  onBack: () => void;
  onClose: () => void;
  onDo: () => void;
  busy: boolean;
  failure: unknown;
}) {
  const changes = plan.made.length + plan.changed.length + plan.removed.length;
  const made = new Set(plan.made);
  return (
    <Dialog
      open
      onClose={onClose}
      title={plan.title || plan.source}
      description={counted(plan)}
      size="large"
      actions={
        <>
          <Button onClick={onBack}>Back</Button>
          <Button look="ink" disabled={changes === 0} busy={busy} onClick={onDo}>
            {changes === 0 ? "Nothing to do" : "Do it"}
          </Button>
        </>
      }
    >
      {plan.tools.length > 0 && (
        <ul className={styles.tools}>
          {plan.tools.map((tool) => {
            const name = String(tool.name);
            return (
              <li key={name} className={styles.tool}>
                <div className={styles.what}>
                  <p>
                    <span aria-hidden="true">{made.has(name) ? "+ " : "± "}</span>
                    <code>{name}</code> <span className="faint">{made.has(name) ? "new" : "changed"}</span>
                  </p>
                  <p className="faint mono">
                    {String(tool.method ?? "GET")} {String(tool.url)}
                  </p>
                  <p className="quiet">{String(tool.description ?? "")}</p>
                </div>
                <SelectField
                  label={`Effect of ${name}`}
                  labelHidden
                  value={effects[name] ?? String(tool.effect)}
                  onChange={(event) => onEffect(name, event.target.value as Effect)}
                >
                  {EFFECT_NAMES.map((effect) => (
                    <option key={effect} value={effect}>
                      {effect}: {EFFECTS[effect]}
                    </option>
                  ))}
                </SelectField>
              </li>
            );
          })}
        </ul>
      )}
      <Names label="Taken away" names={plan.removed} />
      <Names label="The same as before" names={plan.kept} />
      <Names label="Cannot be tools" names={plan.refused} />
      {failure !== null && failure !== undefined && <Failure reason={failure} />}
    </Dialog>
  );
}

function Names({ label, names }: { label: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <section className={styles.names}>
      <h3>
        {label} <span className="faint number">{names.length}</span>
      </h3>
      <ul>
        {names.map((name) => (
          <li key={name} className="quiet">
            {name}
          </li>
        ))}
      </ul>
    </section>
  );
}

function counted(plan: ToolImport): string {
  const parts: [number, string][] = [
    [plan.made.length, "new"],
    [plan.changed.length, "changed"],
    [plan.removed.length, "taken away"],
    [plan.kept.length, "the same"],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return said.length === 0 ? "No operation of it can be a tool." : `${said.join(", ")}. Nothing is done yet.`;
}
