import type { ReactNode } from "react";
import styles from "./Empty.module.css";
import { Snippet } from "./Snippet";

/** What a list says when there is nothing in it: what would be here, how to get it (a command that works as it stands), and a button. */
export function Empty({
  title,
  children,
  command,
  action,
}: {
  title: string;
  children?: ReactNode;
  command?: string;
  action?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children !== undefined && <p className="quiet">{children}</p>}
      {command !== undefined && <Snippet text={command} />}
      {action}
    </div>
  );
}
