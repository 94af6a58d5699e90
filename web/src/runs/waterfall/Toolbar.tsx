import { ChevronsDownUp, ChevronsUpDown, Maximize2, Minus, Plus } from "lucide-react";
import { useRef } from "react";
import { useShortcuts } from "../../keys/shortcuts";
import { Button, IconButton } from "../../ui/Button";
import { duration } from "../../ui/duration";
import { TextField } from "../../ui/Field";
import type { Step } from "../step";
import type { Show } from "./rows";
import styles from "./Toolbar.module.css";

const SHOWS: readonly { show: Show; label: string }[] = [
  { show: "all", label: "all" },
  { show: "failed", label: "failed" },
  { show: "ai", label: "ai" },
];

type Props = {
  show: Show;
  q: string;
  trueScale: boolean;
  /** How many milliseconds are folded. */
  folded: number;
  steps: readonly Step[];
  shown: number;
  tries: { open: boolean; toggle: () => void } | null;
  onFold: () => void;
  onChange: (next: { show?: string; q?: string }) => void;
  /** 0 shows all. */
  onZoom: (factor: number) => void;
};

/** What is shown of the timeline, and how large. */
export function Toolbar({ show, q, trueScale, folded, steps, shown, tries, onFold, onChange, onZoom }: Props) {
  const text = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: "Look for a step", group: "Timeline", run: () => text.current?.focus() }]);
  const counts = new Map<Show, number>([
    ["all", steps.length],
    ["failed", steps.filter((step) => step.state === "failed" || step.failed.length > 0).length],
  ]);
  return (
    <div className={styles.toolbar}>
      <fieldset className={styles.shows}>
        <legend className="visually-hidden">Show steps</legend>
        {SHOWS.map((one) => (
          <button
            key={one.show}
            type="button"
            className={styles.show}
            aria-pressed={show === one.show}
            onClick={() => onChange({ show: one.show === "all" ? undefined : one.show })}
          >
            {one.label}
            {counts.has(one.show) && <span className={`${styles.count} number`}>{counts.get(one.show)?.toLocaleString()}</span>}
          </button>
        ))}
      </fieldset>
      <div className={styles.search}>
        <TextField
          ref={text}
          label="Look for a step"
          labelHidden
          type="search"
          placeholder="step, model, error"
          value={q}
          onChange={(event) => onChange({ q: event.target.value || undefined })}
          onKeyDown={(event) => event.key === "Escape" && text.current?.blur()}
        />
      </div>
      {(q !== "" || show !== "all") && (
        <span className="faint number" role="status">
          {shown} of {steps.length}
        </span>
      )}
      <span className={styles.gap} />
      {tries !== null && (
        <Button
          size="small"
          look="bare"
          aria-expanded={tries.open}
          icon={tries.open ? <ChevronsDownUp size={14} /> : <ChevronsUpDown size={14} />}
          onClick={tries.toggle}
        >
          Tries
        </Button>
      )}
      {(folded > 0 || trueScale) && (
        <Button
          size="small"
          look="bare"
          hotkey="f"
          aria-pressed={trueScale}
          onClick={onFold}
          title={trueScale ? "Fold the waits" : "Show every second as long as the next"}
        >
          {trueScale ? "True scale" : `Waits folded ⟪${duration(folded)}⟫`}
        </Button>
      )}
      <span className={styles.zoom}>
        <IconButton size="small" label="Smaller (-)" icon={<Minus size={14} />} onClick={() => onZoom(2)} />
        <IconButton size="small" label="Larger (+)" icon={<Plus size={14} />} onClick={() => onZoom(0.5)} />
        <IconButton size="small" label="All of the time (0)" icon={<Maximize2 size={14} />} onClick={() => onZoom(0)} />
      </span>
    </div>
  );
}
