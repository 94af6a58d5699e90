import { X } from "lucide-react";
import { Picker } from "../ui/Picker";
import labels from "./LabelsField.module.css";
import { useTaskOptions } from "./options";
import styles from "./TasksField.module.css";

/** Several tasks of a board, one after the other. */
export function TasksField({
  board,
  label,
  value,
  onChange,
  error,
}: {
  board: string;
  label: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  error?: string;
}) {
  const options = useTaskOptions(board, value);
  return (
    <div className={styles.field}>
      <Picker
        label={label}
        options={options}
        value={null}
        onChange={(key) => key !== null && onChange([...value, key])}
        placeholder={value.length === 0 ? "No other task" : "And…"}
        noMatch="No card of that name on this board"
        error={error}
      />
      {value.length > 0 && (
        <div className={styles.chosen}>
          {value.map((key) => (
            <span key={key} className={labels.label}>
              <span className="mono">{key}</span>
              <button
                type="button"
                className={labels.remove}
                aria-label={`Do not wait for ${key}`}
                onClick={() => onChange(value.filter((one) => one !== key))}
              >
                <X size={12} />
              </button>
            </span>
          ))}
        </div>
      )}
    </div>
  );
}
