import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { KeyboardEvent, ReactElement, ReactNode } from "react";
import { Kbd } from "./Kbd";
import styles from "./Menu.module.css";

export type MenuItem = {
  label: string;
  onSelect: () => void;
  icon?: ReactNode;
  hotkey?: string;
  /** Shown as chosen, with a tick. */
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
  /** Why it cannot be chosen, or what it comes to. */
  hint?: string;
};

/**
 * A list of acts behind a button. `open` and `onOpenChange` let a key open it too.
 *
 *     <Menu trigger={<Button>Move</Button>} label="Move to" items={columns.map((one) => ({ label: one.name, onSelect: () => move(one) }))} />
 */
export function Menu({
  trigger,
  items,
  label,
  open,
  onOpenChange,
  align = "start",
  anchor,
}: {
  /** The button behind which it is. Left out where `open` and `anchor` say when and where. */
  trigger?: ReactElement;
  items: readonly (MenuItem | "separator")[];
  label: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "end";
  /** Beside what it opens, where that is not the trigger. */
  anchor?: Element | null;
}) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange} modal={false}>
      {trigger !== undefined && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} anchor={anchor} className={styles.positioner}>
          <Base.Popup className={styles.popup} aria-label={label} onKeyDown={chooseByHotkey}>
            {items.map((item, index) =>
              item === "separator" ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity
                <Base.Separator key={`line ${index}`} className={styles.separator} />
              ) : (
                <Base.Item
                  key={item.label}
                  className={`${styles.item} ${item.danger ? styles.danger : ""}`}
                  disabled={item.disabled}
                  onClick={item.onSelect}
                  label={item.label}
                  data-hotkey={item.hotkey}
                >
                  <span className={styles.icon}>{item.checked ? <Check size={14} /> : item.icon}</span>
                  <span className={styles.text}>
                    {item.label}
                    {item.hint !== undefined && <span className={styles.hint}>{item.hint}</span>}
                  </span>
                  {item.hotkey !== undefined && <Kbd keys={item.hotkey} />}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** The key that an act has elsewhere chooses it here too. */
function chooseByHotkey(event: KeyboardEvent<HTMLElement>): void {
  const item = event.currentTarget.querySelector<HTMLElement>(`[data-hotkey="${CSS.escape(event.key)}"]:not([data-disabled])`);
  if (item === null) return;
  event.preventDefault();
  item.click();
}
