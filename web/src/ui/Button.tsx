import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import styles from "./Button.module.css";
import { Kbd } from "./Kbd";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  /** `ink` is the page's one main act; `danger` takes something away; `needs` decides something that waited for a person. */
  look?: "plain" | "ink" | "danger" | "needs" | "bare";
  size?: "small" | "normal";
  icon?: ReactNode;
  /** The key that does the same. It is shown, not bound. */
  hotkey?: string;
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

export function Button({ look = "plain", size = "normal", icon, hotkey, busy = false, children, className, ...rest }: Props) {
  const names = [styles.button, styles[look], styles[size], className].filter(Boolean).join(" ");
  return (
    <button type="button" {...rest} className={names} aria-busy={busy || undefined} disabled={rest.disabled || busy}>
      {icon}
      {children !== undefined && <span className={styles.label}>{children}</span>}
      {hotkey !== undefined && (
        <span className={styles.key}>
          <Kbd keys={hotkey} />
        </span>
      )}
    </button>
  );
}

/** A button that shows nothing but a picture: `label` is what it is called. */
export function IconButton({ label, icon, ...rest }: Omit<Props, "children" | "icon"> & { label: string; icon: ReactNode }) {
  return (
    <Button
      look="bare"
      {...rest}
      aria-label={label}
      title={label}
      icon={icon}
      className={[styles.square, rest.className].filter(Boolean).join(" ")}
    />
  );
}
