import { CircleDollarSign, Eye, Globe, PencilLine, Undo2 } from "lucide-react";
import type { ComponentType } from "react";
import { type Approval, needsHold } from "./approval";
import styles from "./Consequence.module.css";
import { consequence, undoing } from "./words";

const ICONS: Record<string, ComponentType<{ size?: number }>> = {
  money: CircleDollarSign,
  outside: Globe,
  write: PencilLine,
  read: Eye,
};

/** What approving comes to, and whether it can be undone. What cannot stands out. */
export function Consequence({ approval }: { approval: Approval }) {
  const Icon = ICONS[approval.effect] ?? PencilLine;
  const grave = approval.state === "pending" && needsHold(approval);
  return (
    <p className={`${styles.consequence} ${grave ? styles.grave : ""}`}>
      <span className={styles.part}>
        <Icon size={16} /> {consequence(approval)}
      </span>
      <span className={styles.part}>
        {approval.reversible === true && <Undo2 size={16} />} {undoing(approval)}
      </span>
    </p>
  );
}
