import { useEffect, useRef, useSyncExternalStore } from "react";

/** An act that the palette offers: "Register an agent". */
export type Command = {
  /** What it does, as a verb and a noun. */
  label: string;
  /** Whose it is: the page that offers it, or "Everywhere". */
  group: string;
  /** The key that does the same. It is shown, not bound. */
  hotkey?: string;
  /** Other words that people look for: "dark light night". */
  words?: string;
  run: () => void;
};

let known: readonly Command[] = [];
const listeners = new Set<() => void>();

/**
 * Acts that the palette offers while the component is shown. The newest come first.
 *
 *     useCommands([{ label: "Pause this agent", group: "Agent", run: pause }]);
 */
export function useCommands(commands: readonly Command[]): void {
  const held = useRef(commands);
  useEffect(() => {
    held.current = commands;
  });
  const shape = commands.map((one) => `${one.group}|${one.label}|${one.hotkey}|${one.words}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: what they do may change with each render, what they are is in `shape`
  useEffect(() => {
    const mine = commands.map((one, index) => ({ ...one, run: () => held.current[index]?.run() }));
    known = [...mine, ...known];
    tell();
    return () => {
      known = known.filter((one) => !mine.includes(one));
      tell();
    };
  }, [shape]);
}

/** All that can be done from here. */
export function useKnownCommands(): readonly Command[] {
  return useSyncExternalStore(subscribe, () => known);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
