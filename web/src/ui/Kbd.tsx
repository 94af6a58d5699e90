import styles from "./Kbd.module.css";

const SHOWN: Record<string, string> = { Enter: "⏎", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", Space: "space" };
const APPLE = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "");

/** A key as it is written on a keyboard: "mod+k" is ⌘K or Ctrl K, "g b" is two keys after each other. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={styles.keys} aria-hidden="true">
      {keys.split(" ").map((key) => (
        <span key={key} className={styles.key}>
          {key
            .split("+")
            .map((part, place) => (place > 0 && part.length === 1 ? part.toUpperCase() : shown(part)))
            .join(APPLE ? "" : " ")}
        </span>
      ))}
    </span>
  );
}

function shown(part: string): string {
  if (part === "mod") return APPLE ? "⌘" : "Ctrl";
  if (part === "Shift") return "⇧";
  return SHOWN[part] ?? part;
}
