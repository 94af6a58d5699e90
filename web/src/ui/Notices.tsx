import { X } from "lucide-react";
import { IconButton } from "./Button";
import styles from "./Notices.module.css";
import { dismiss, useNotices } from "./notices";

/** What `notify` says, in the corner, until it is put away. */
export function Notices() {
  const notices = useNotices();
  return (
    <div className={styles.notices} role="alert">
      {notices.map((notice) => (
        <div key={notice.id} className={styles.notice}>
          <span className={styles.text}>
            {notice.text}
            {notice.requestId !== null && <code className="faint"> {notice.requestId}</code>}
          </span>
          <IconButton size="small" label="Put away" icon={<X size={14} />} onClick={() => dismiss(notice.id)} />
        </div>
      ))}
    </div>
  );
}
