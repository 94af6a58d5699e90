import type { ReactNode } from "react";
import styles from "./Part.module.css";

/** A part of a section: what it is called, one sentence about it, what can be done at the right, and the rest. */
export function Part({
  title,
  about,
  aside,
  children,
}: {
  title: string;
  about?: ReactNode;
  aside?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <section className={styles.part}>
      <header className={styles.head}>
        <div className={styles.words}>
          <h2>{title}</h2>
          {about !== undefined && <p className="quiet">{about}</p>}
        </div>
        {aside !== undefined && <div className={styles.aside}>{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** A frame around what belongs together: fields and their button. */
export function Panel({ children }: { children: ReactNode }) {
  return <div className={styles.panel}>{children}</div>;
}

/** Fields beside each other where there is room. */
export function Fields({ children }: { children: ReactNode }) {
  return <div className={styles.fields}>{children}</div>;
}
