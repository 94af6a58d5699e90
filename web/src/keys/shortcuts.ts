import { useEffect, useRef, useSyncExternalStore } from "react";

/** A key of the page: `["g", "b"]` is g and then b, "Shift+R", "mod+k" (Cmd or Ctrl), "Escape". */
export type Shortcut = {
  keys: string | readonly [string, string];
  /** What it does, for the list behind `?`: "New task". */
  label: string;
  /** Whose it is, for the same list: "Board". */
  group: string;
  run: (event: KeyboardEvent) => void;
  /** Also while somebody types: only for what no text can hold. */
  whileTyping?: boolean;
};

const SECOND_KEY_MS = 1_200;
const OFF = "flowforge.keys";

let known: readonly Shortcut[] = [];
const changed = new Set<() => void>();
let first: { key: string; at: number } | null = null;

/**
 * Keys that work while the component is shown. The last one that was shown wins where two want the same.
 *
 *     useShortcuts([{ keys: "c", label: "New task", group: "Board", run: open }]);
 */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const held = useRef(shortcuts);
  useEffect(() => {
    held.current = shortcuts;
  });
  const shape = shortcuts.map((one) => `${one.keys}|${one.label}|${one.group}|${one.whileTyping}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: what they do may change with each render, what they are is in `shape`
  useEffect(() => {
    const mine = shortcuts.map((one, index) => ({ ...one, run: (event: KeyboardEvent) => held.current[index]?.run(event) }));
    known = [...known, ...mine];
    tell();
    return () => {
      known = known.filter((one) => !mine.includes(one));
      tell();
    };
  }, [shape]);
}

/** All keys that work now, for the list behind `?`. */
export function useKnownShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(subscribe, () => known);
}

/** Single keys can be switched off (WCAG 2.1.4): who dictates to the machine would set them off by talking. */
export function singleKeysOff(): boolean {
  return localStorage.getItem(OFF) === "off";
}

export function setSingleKeysOff(off: boolean): void {
  if (off) localStorage.setItem(OFF, "off");
  else localStorage.removeItem(OFF);
}

export function listenToKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const found = find(event);
    if (found === undefined) return;
    event.preventDefault();
    found.run(event);
  });
}

function find(event: KeyboardEvent): Shortcut | undefined {
  const name = nameOf(event);
  const typing = isTyping(event.target);
  if (belongsTo(name, event.target)) return undefined;
  const plain = !name.startsWith("mod+") && name !== "Escape";
  if (plain && (typing || singleKeysOff() || inLayer(event.target))) {
    return [...known].reverse().find((one) => one.whileTyping === true && one.keys === name);
  }
  const before = first !== null && performance.now() - first.at < SECOND_KEY_MS ? first.key : null;
  first = null;
  const candidates = [...known].reverse().filter((one) => !typing || one.whileTyping === true || !plain);
  if (before !== null) {
    const second = candidates.find((one) => typeof one.keys !== "string" && one.keys[0] === before && one.keys[1] === name);
    if (second !== undefined) return second;
  }
  if (plain && candidates.some((one) => typeof one.keys !== "string" && one.keys[0] === name)) {
    first = { key: name, at: performance.now() };
    return undefined;
  }
  return candidates.find((one) => one.keys === name);
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key;
  if (event.metaKey || event.ctrlKey) return `mod+${key.toLowerCase()}`;
  if (event.altKey) return `Alt+${key}`;
  return event.shiftKey && /^[A-Za-z]$/.test(key) ? `Shift+${key.toUpperCase()}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}

/** What Enter and Space press is whatever has the focus: a page's own keys come after that. */
function belongsTo(name: string, target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const pressed =
    "button, summary, input, [role=button], [role=checkbox], [role=switch], [role=radio], [role=tab], [role=slider]";
  if (name === "Enter") return target.closest(`a[href], ${pressed}`) !== null;
  return name === "Space" && target.closest(pressed) !== null;
}

/** A menu or a dialog that is open has the keys to itself. */
function inLayer(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role=menu],[role=dialog],[role=alertdialog],[role=listbox]") !== null;
}

function subscribe(listener: () => void): () => void {
  changed.add(listener);
  return () => changed.delete(listener);
}

function tell(): void {
  for (const listener of changed) listener();
}
