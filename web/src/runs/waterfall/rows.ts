import { type Attempt, isOfModel, isRetrying, type Step } from "../step";

/** A line of the timeline: a step, or one attempt of the step above it. */
export type Row = {
  id: string;
  step: Step;
  /** 1 at the outermost. */
  level: number;
  attempt: Attempt | null;
  /** Whether it has lines of its own below it: attempts that failed. */
  opens: boolean;
  open: boolean;
};
export type Show = "all" | "failed" | "ai";
export type Choice = { show: Show; q: string; open: ReadonlySet<string> };

const LEVELS_MAX = 6;

/** The lines in order: each step before what is made of it, its attempts right below it where they are opened. */
export function rowsOf(steps: readonly Step[], { show, q, open }: Choice): Row[] {
  const keys = new Set(steps.map((step) => step.key));
  const below = new Map<string | null, Step[]>();
  for (const step of steps) {
    const parent = step.parent !== null && keys.has(step.parent) && step.parent !== step.key ? step.parent : null;
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [step]);
    else siblings.push(step);
  }
  const wanted = show === "all" && q === "" ? null : withAncestors(steps, (step) => isWanted(step, show, q.toLowerCase()));
  const rows: Row[] = [];
  const placed = new Set<string>();
  const place = (step: Step, level: number) => {
    if (placed.has(step.key)) return;
    placed.add(step.key);
    if (wanted === null || wanted.has(step.key)) rows.push(...linesOf(step, Math.min(level, LEVELS_MAX), open.has(step.key)));
    for (const child of below.get(step.key) ?? []) place(child, level + 1);
  };
  for (const step of below.get(null) ?? []) place(step, 1);
  for (const step of steps) place(step, 1); // of a circle that nobody should have made
  return rows;
}

function linesOf(step: Step, level: number, open: boolean): Row[] {
  const opens = step.failed.length > 0;
  const line: Row = { id: step.key, step, level, attempt: null, opens, open: opens && open };
  if (!line.open) return [line];
  const attempts = step.failed.map((attempt): Row => attemptRow(step, level, attempt));
  return [line, ...attempts];
}

function attemptRow(step: Step, level: number, attempt: Attempt): Row {
  return { id: `${step.key} #${attempt.attempt}`, step, level: level + 1, attempt, opens: false, open: false };
}

function isWanted(step: Step, show: Show, q: string): boolean {
  if (show === "failed" && step.state !== "failed" && step.failed.length === 0) return false;
  if (show === "ai" && !isOfModel(step)) return false;
  return (
    q === "" || `${step.name} ${step.key} ${step.kind} ${step.model ?? ""} ${step.error?.message ?? ""}`.toLowerCase().includes(q)
  );
}

function withAncestors(steps: readonly Step[], wanted: (step: Step) => boolean): Set<string> {
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const kept = new Set<string>();
  for (const step of steps) {
    if (!wanted(step)) continue;
    let one: Step | undefined = step;
    while (one !== undefined && !kept.has(one.key)) {
      kept.add(one.key);
      one = one.parent === null ? undefined : byKey.get(one.parent);
    }
  }
  return kept;
}

/** The state as people see it: waiting for the next attempt and waiting for a person have marks of their own. */
export function shownState(
  step: Step,
  runEnded: boolean,
): "running" | "retrying" | "needs" | "waiting" | "sleeping" | "cached" | "completed" | "failed" | "cancelled" {
  if (step.reused) return "cached";
  if (step.endedAt === null && runEnded) return "cancelled";
  if (step.state !== "waiting") return step.state;
  if (isRetrying(step)) return "retrying";
  if (step.kind === "approve" || step.kind === "question") return "needs";
  return step.kind === "sleep" ? "sleeping" : "waiting";
}
