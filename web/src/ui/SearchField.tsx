import { Search } from "lucide-react";
import type { Ref } from "react";
import { Kbd } from "./Kbd";
import styles from "./SearchField.module.css";

/** Words that narrow what stands below: `/` gets there, Escape takes them back, and once more leaves. Its place says how wide it is. */
export function SearchField({
  label,
  placeholder,
  value,
  onChange,
  inputRef,
}: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
  inputRef: Ref<HTMLInputElement>;
}) {
  return (
    <label className={styles.search}>
      <Search size={14} aria-hidden="true" />
      <span className="visually-hidden">{label}</span>
      <input
        ref={inputRef}
        className={styles.words}
        type="search"
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (value === "") event.currentTarget.blur();
          else onChange("");
        }}
      />
      <span className={styles.key}>
        <Kbd keys="/" />
      </span>
    </label>
  );
}
