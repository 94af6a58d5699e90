import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
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
  /** Where the keyboard begins; without it at the first field, else at the first thing that can be reached. */
  initialFocus?: () => HTMLElement | null;
};

const FIELD =
  "input:not([type=hidden], [type=checkbox], [type=radio], :disabled), textarea:not(:disabled), select:not(:disabled)";

/** A question on top of the page, with the focus on its first field. Escape and a click beside it close it; the focus goes back to where it was. */
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
  const body = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup
          className={`${styles.popup} ${styles[size]}`}
          initialFocus={initialFocus ?? (() => body.current?.querySelector<HTMLElement>(FIELD) ?? true)}
        >
          <header className={bare ? "visually-hidden" : styles.head}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close
              render={<IconButton size="small" label="Close" icon={<X size={16} />} tabIndex={bare ? -1 : undefined} />}
            />
          </header>
          {description !== undefined && <Base.Description className="quiet">{description}</Base.Description>}
          {children !== undefined && (
            <div ref={body} className={styles.body}>
              {children}
            </div>
          )}
          {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
