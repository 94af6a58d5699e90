import { CheckField, TextField } from "../ui/Field";
import styles from "./NewSkill.module.css";

/** What is said of a version beside its files: a label, and whether somebody answers for its text. */
export function Terms({
  label,
  vouched,
  onChange,
  error,
}: {
  label: string;
  vouched: boolean;
  onChange: (next: { label?: string; vouched?: boolean }) => void;
  error?: string;
}) {
  return (
    <div className={styles.pair}>
      <TextField
        label="Label (optional)"
        placeholder="stable"
        hint="Agents may name a skill by it: refunds@stable. It goes over from whichever version had it."
        maxLength={32}
        value={label}
        error={error}
        onChange={(event) => onChange({ label: event.target.value })}
      />
      <CheckField
        label="I answer for its text"
        hint="Without that, agents take it as written by a stranger, and ask before they act after having read it."
        checked={vouched}
        onChange={(event) => onChange({ vouched: event.target.checked })}
      />
    </div>
  );
}
