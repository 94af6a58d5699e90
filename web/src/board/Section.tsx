import { type ReactNode, useId } from "react";
import styles from "./Section.module.css";

/** A part of a task's page: its name, what is beside it, and what is in it. */
export function Section({
  title,
  aside,
  children,
  id,
  tone = "plain",
}: {
  title: ReactNode;
  aside?: ReactNode;
  children?: ReactNode;
  id?: string;
  tone?: "plain" | "needs";
}) {
  const heading = useId();
  return (
    <section id={id} className={`${styles.section} ${styles[tone]}`} aria-labelledby={heading}>
      <header className={styles.head}>
        <h2 id={heading} className={styles.title}>
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
