import { session } from "../../session";
import styles from "./ScopeField.module.css";
import { allows, byResource, toggled } from "./scopes";

const SETS = [
  { label: "All that I may", scopes: ["*"] },
  { label: "Read everything", scopes: ["*:read"] },
  { label: "Send events and watch", scopes: ["events:send", "runs:read"] },
] as const;

/** What a key may: one of three usual sets, or each permission by itself. What the caller has not cannot be given. */
export function ScopeField({ value, onChange }: { value: string[]; onChange: (scopes: string[]) => void }) {
  const known = session().me.permissions;
  const resources = [...byResource(known)];
  const count = known.filter((permission) => allows(value, permission)).length;
  return (
    <fieldset className={styles.field}>
      <legend className={styles.legend}>
        It may{" "}
        <span className="faint">
          {count} of {known.length}
        </span>
      </legend>
      <div className={styles.sets}>
        {SETS.map((set) => (
          <label key={set.label} className={styles.set}>
            <input type="radio" name="scopes" checked={same(value, set.scopes)} onChange={() => onChange([...set.scopes])} />
            {set.label}
          </label>
        ))}
      </div>
      <div className={styles.resources}>
        {resources.map(([resource, verbs]) => (
          <div key={resource} className={styles.resource}>
            <span className={styles.name}>{resource}</span>
            <span className={styles.verbs}>
              {verbs.map((verb) => {
                const permission = `${resource}:${verb}`;
                return (
                  <label key={verb} className={styles.verb}>
                    <input
                      type="checkbox"
                      checked={allows(value, permission)}
                      onChange={() => onChange(toggled(value, permission, known))}
                      aria-label={`${resource} ${verb}`}
                    />
                    {verb.replaceAll("_", " ")}
                  </label>
                );
              })}
            </span>
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one) => right.includes(one));
}
