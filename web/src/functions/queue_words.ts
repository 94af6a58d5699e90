import type { FunctionQueue, Pause } from "./queries";

type Counts = Pick<FunctionQueue, "ready" | "at_gates" | "running" | "gathering" | "sleeping" | "waiting" | "paused">;

/** What of a function is open, in words: "2 running, 5 queued". Empty where nothing is. */
export function openWords(open: Counts | undefined): string {
  if (open === undefined) return "";
  const counted: [number, string][] = [
    [open.running, "running"],
    [open.ready + open.at_gates, "queued"],
    [open.gathering, "gathering"],
    [open.waiting, "waiting"],
    [open.sleeping, "sleeping"],
    [open.paused, "paused"],
  ];
  return counted
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}

/** Who paused it and why: `Paused by mira: the provider is down.` */
export function pausedWords(pause: Pause): string {
  const where = pause.everywhere ? " for all tenants" : "";
  return `Paused by ${pause.paused_by}${where}${pause.reason ? `: ${pause.reason}` : ""}`;
}
