import type { ReactNode } from "react";
import styles from "./Chip.module.css";

/** A small fact beside a name: a label, a skill, an effect. */
export function Chip({
  children,
  tone = "plain",
  title,
}: {
  children: ReactNode;
  tone?: "plain" | "live" | "needs" | "failed" | "done";
  title?: string;
}) {
  return (
    <span className={`${styles.chip} ${styles[tone]}`} title={title}>
      {children}
    </span>
  );
}
