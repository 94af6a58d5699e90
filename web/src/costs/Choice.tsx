import { Link } from "@tanstack/react-router";
import styles from "./Choice.module.css";

/** `title` is the label in full, where that is short. */
export type Option = { value: string; label: string; title?: string };

/** One of a few, as links: what is chosen stands in the page's address under `name`; the usual one is not written. */
export function Choice({
  label,
  name,
  options,
  current,
  usual,
}: {
  label: string;
  name: string;
  options: readonly Option[];
  current: string | null;
  usual: string;
}) {
  return (
    <nav className={styles.choice} aria-label={label}>
      {options.map((option) => (
        <Link
          key={option.value}
          to="."
          replace
          search={(held: Record<string, unknown>) => ({
            ...held,
            [name]: option.value === usual ? undefined : option.value,
            ...(name === "since" ? { until: undefined } : {}),
          })}
          className={styles.option}
          title={option.title}
          // Only what `current` names is current: a router's own guess takes a parameter that is left out for any.
          activeOptions={{ exact: true, explicitUndefined: true }}
          aria-current={option.value === current ? "true" : undefined}
        >
          {option.label}
        </Link>
      ))}
    </nav>
  );
}
