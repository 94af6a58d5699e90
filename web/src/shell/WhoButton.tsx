import { ChevronsUpDown } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { session } from "../session";
import { Avatar } from "../ui/Avatar";
import styles from "./WhoButton.module.css";

/** Who is looking, at which tenant; a click opens what is theirs. */
export function WhoButton(props: ButtonHTMLAttributes<HTMLButtonElement> & { ref?: Ref<HTMLButtonElement> }) {
  const { me } = session();
  return (
    <button type="button" {...props} className={styles.who} title={`${me.name} in ${me.tenant}`}>
      <Avatar name={me.name} kind={me.kind === "agent" ? "agent" : "person"} size={24} />
      <span className={styles.names}>
        <span className="truncate">{me.name}</span>
        <span className={`${styles.tenant} truncate`}>{me.tenant}</span>
      </span>
      <ChevronsUpDown size={14} className={styles.sign} />
    </button>
  );
}
