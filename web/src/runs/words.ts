import { duration } from "../ui/duration";

/** The name of a function without its module, as people call it: `process_order` of `order.process_order`. */
export function functionName(id: string): string {
  if (id.startsWith("flowforge.")) return BUILT_IN[id] ?? id;
  return id.slice(id.lastIndexOf(".") + 1) || id;
}

const BUILT_IN: Record<string, string> = {
  "flowforge.agent": "agent on a task",
  "flowforge.agent_run": "agent, asked directly",
  "flowforge.agent_mention": "agent, mentioned",
  "flowforge.agent_trigger": "agent, started by an event",
};

/** What began a run, in words where the engine has a name of its own for it. */
export function triggerWord(trigger: string): string {
  if (trigger === "flowforge/call") return "by hand";
  if (trigger === "flowforge/invoke") return "a step";
  if (trigger.startsWith("flowforge/cron/")) return "schedule";
  return trigger;
}

/** What a step's kind is called beside its name; null where there is nothing to say. */
export function kindWord(kind: string): string | null {
  return KINDS[kind] ?? (kind === "run" ? null : kind.replaceAll("_", " "));
}

const KINDS: Record<string, string> = {
  wait_for_event: "event",
  wait_for_events: "events",
  wait_for_signal: "signal",
  send_event: "sends",
  approve: "approval",
  invoke: "run",
  dependency: "task",
};

/** A run's label, `a2f7_0001`, of its id. */
export function runLabel(id: string): string {
  return `${id.slice(-8, -4)}_${id.slice(-4)}`;
}

/** How long something took; what took less than a millisecond did take something. */
export function tookWord(ms: number): string {
  return ms > 0 && ms < 1 ? "<1 ms" : duration(ms);
}

/** What tells steps of one name apart: `[0]` and `#2` of their keys. What is long tells nobody anything. */
export function keySuffix({ key, name }: { key: string; name: string }): string {
  const suffix = key.startsWith(name) ? key.slice(name.length) : "";
  return suffix.length <= 6 ? suffix : "";
}
