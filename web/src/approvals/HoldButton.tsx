import { Button } from "../ui/Button";
import styles from "./HoldButton.module.css";
import { HOLD_MS } from "./hold";
import type { HoldControl } from "./useHold";

/**
 * A button that is held until it counts, with a bar that fills meanwhile. Who cannot hold presses it twice: Enter, a click of an assistive
 * device and a short press arm it, and a second one confirms. The key that does the same is bound by whoever shows the button.
 */
export function HoldButton({
  control,
  label,
  hotkey,
  busy,
  disabled,
}: {
  control: HoldControl;
  label: string;
  hotkey?: string;
  busy: boolean;
  disabled?: boolean;
}) {
  const { kind, share, act } = control;
  const seconds = Math.max(0, ((1 - share) * HOLD_MS) / 1_000).toFixed(1);
  return (
    <>
      <Button
        look="ink"
        className={styles.hold}
        busy={busy}
        disabled={disabled}
        hotkey={kind === "idle" ? hotkey : undefined}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          act("press");
        }}
        onPointerUp={() => act("release")}
        onPointerCancel={() => act("leave")}
        onContextMenu={(event) => event.preventDefault()}
        onClick={(event) => {
          if (event.detail > 0) return; // a mouse or a finger was told by its pointer
          act("press");
          act("release");
        }}
        onBlur={() => act("leave")}
      >
        <span className={styles.bar} style={{ inlineSize: `${share * 100}%` }} aria-hidden="true" />
        {kind === "idle" && label}
        {kind === "holding" && <span className="number">Keep holding {seconds} s</span>}
        {kind === "armed" && "Press again to confirm"}
      </Button>
      <span role="status" className="visually-hidden">
        {kind === "armed" ? "Press again to confirm" : ""}
      </span>
    </>
  );
}
