import { isRecord, isRounded, type JsonSchema, resolve } from "../ui/json_shape";
import styles from "./Arguments.module.css";
import { hides, revealed } from "./hidden_text";

const DEPTH_MAX = 6;

/** Exactly what is asked for, name by name. Nothing is left out, shortened or hidden; what cannot be seen in a text is named. */
export function Arguments({ value, schema }: { value: Record<string, unknown>; schema: JsonSchema | null }) {
  const names = Object.keys(value);
  if (names.length === 0) return <p className="quiet">It takes no arguments.</p>;
  return (
    <>
      {hides(value) && (
        <p className={styles.warning}>
          <strong>Hidden characters.</strong> Some of these texts hold characters that cannot be seen. They are shown as their
          numbers.
        </p>
      )}
      <dl className={styles.table}>
        {names.map((name) => (
          <div key={name} className={styles.row}>
            <dt className={styles.name} title={described(schema, name)}>
              <Text text={name} />
            </dt>
            <dd className={styles.value}>
              <Value value={value[name]} depth={0} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Value({ value, depth }: { value: unknown; depth: number }) {
  if (typeof value === "string") return <TextValue text={value} />;
  if (typeof value === "number" && isRounded(value))
    return (
      <span>
        <code>{String(value)}</code> <span className="quiet">about: this number is too large for a browser to show exactly</span>
      </span>
    );
  if (depth < DEPTH_MAX && Array.isArray(value) && value.length > 0)
    return (
      <ol className={styles.list}>
        {value.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place in the list
          <li key={index}>
            <Value value={item} depth={depth + 1} />
          </li>
        ))}
      </ol>
    );
  if (depth < DEPTH_MAX && isRecord(value) && Object.keys(value).length > 0)
    return (
      <dl className={styles.inner}>
        {Object.entries(value).map(([name, inner]) => (
          <div key={name} className={styles.row}>
            <dt className={styles.name}>
              <Text text={name} />
            </dt>
            <dd className={styles.value}>
              <Value value={inner} depth={depth + 1} />
            </dd>
          </div>
        ))}
      </dl>
    );
  return <code>{JSON.stringify(value)}</code>;
}

/** A text as it is. One that could be taken for something else (nothing, a number, yes) stands in quotes. */
function TextValue({ text }: { text: string }) {
  if (text === "" || /^(true|false|null|\s+|[-+]?\d[\d.,]*)$/.test(text)) return <code>{JSON.stringify(text)}</code>;
  return (
    <bdi className={styles.text}>
      <Text text={text} />
    </bdi>
  );
}

function Text({ text }: { text: string }) {
  return revealed(text).map((part, index) =>
    part.kind === "seen" ? (
      part.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the text
      <span key={index} className={styles.hidden}>
        {part.code}
      </span>
    ),
  );
}

function described(schema: JsonSchema | null, name: string): string | undefined {
  if (schema === null || !isRecord(schema.properties) || !Object.hasOwn(schema.properties, name)) return undefined;
  const own = schema.properties[name];
  const { description } = isRecord(own) ? resolve(own, schema).schema : {};
  return typeof description === "string" ? description : undefined;
}
