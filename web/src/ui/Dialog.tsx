import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

type Props = {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the main one last. */
  actions?: ReactNode;
  size?: "small" | "medium" | "large";
  /** Without a head: what is inside says by itself what it is. */
  bare?: boolean;
  /** Where the keyboard begins; without it at the first thing that can be reached. */
  initialFocus?: () => HTMLElement | null;
};

/** A question on top of the page. Escape and a click beside it close it; the focus goes back to where it was. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  actions,
  size = "medium",
  bare = false,
  initialFocus,
}: Props) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={`${styles.popup} ${styles[size]}`} initialFocus={initialFocus}>
          <header className={bare ? "visually-hidden" : styles.head}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close
              render={<IconButton size="small" label="Close" icon={<X size={16} />} tabIndex={bare ? -1 : undefined} />}
            />
          </header>
          {description !== undefined && <Base.Description className="quiet">{description}</Base.Description>}
          {children !== undefined && <div className={styles.body}>{children}</div>}
          {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
