import { Json } from "../ui/Json";
import type { JsonSchema } from "../ui/json_shape";
import styles from "./Parameters.module.css";
import { parametersOf } from "./parameters";

/** What a call takes: each argument in a line, and the schema for who wants it exactly. */
export function Parameters({ schema, label }: { schema: JsonSchema; label: string }) {
  const parameters = parametersOf(schema);
  return (
    <>
      {parameters.length === 0 ? (
        <p className="quiet">Nothing that it names.</p>
      ) : (
        <ul className={styles.parameters}>
          {parameters.map((one) => (
            <li key={one.name} className={styles.parameter}>
              <code className={styles.name}>{one.name}</code>
              <span className="quiet">{one.type}</span>
              <span className="faint">{one.required ? "needed" : "optional"}</span>
              {one.description !== "" && <span className={styles.description}>{one.description}</span>}
            </li>
          ))}
        </ul>
      )}
      <details className={styles.schema}>
        <summary>JSON Schema</summary>
        <Json value={schema} label={label} />
      </details>
    </>
  );
}
