import styles from "./Chooser.module.css";

/** One of a few, as buttons in a row. */
export function Chooser<Value extends string | undefined>({
  label,
  options,
  current,
  onChoose,
}: {
  label: string;
  options: readonly { value: Value; label: string }[];
  current: Value;
  onChoose: (value: Value) => void;
}) {
  return (
    <fieldset className={styles.chooser}>
      <legend className="visually-hidden">{label}</legend>
      {options.map((one) => (
        <button
          key={one.label}
          type="button"
          className={styles.option}
          aria-pressed={one.value === current}
          onClick={() => onChoose(one.value)}
        >
          {one.label}
        </button>
      ))}
    </fieldset>
  );
}
