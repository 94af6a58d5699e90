import type { Problem } from "../api/problem";
import { Failure } from "./Failure";

/** What was wrong with an act, unless the fields of its form already say it. */
export function Wrong({ problem, fields = [] }: { problem: Problem | null; fields?: readonly string[] }) {
  if (problem === null) return null;
  const told = problem.errors.length > 0 && problem.errors.every((one) => fields.includes(one.pointer ?? ""));
  return told ? null : <Failure reason={problem} />;
}
