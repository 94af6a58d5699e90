import type { Schema } from "../api/client";

type Listener = Pick<Schema<"FunctionOut">, "triggers" | "input_schema">;

/** The event name that a trigger in words listens to: `order/created` of "order/created if event.data.total > 1000"; null of a schedule. */
export function nameOf(trigger: string): string | null {
  if (trigger.startsWith("cron ")) return null;
  const name = trigger.split(" if ", 1)[0] ?? "";
  return name === "" || name.includes(" ") ? null : name;
}

/** Every name that somebody listens to and that can be sent from outside, in order. Patterns are no names. */
export function sendableNames(functions: readonly Listener[]): string[] {
  const names = functions.flatMap((one) => one.triggers.map(nameOf));
  const sendable = names.filter(
    (name): name is string => name !== null && !name.includes("*") && !/^(board|flowforge)\//.test(name),
  );
  return [...new Set(sendable)].sort();
}

/** The schema of the data of an event: that of a function which listens to just this name. */
export function schemaOf(name: string, functions: readonly Listener[]): Record<string, unknown> | null {
  const listening = functions.filter((one) => one.triggers.some((trigger) => nameOf(trigger) === name));
  return listening.find((one) => one.input_schema !== null)?.input_schema ?? null;
}
