import { Problem } from "../../api/problem";

/** A password that is wrong is told as a refusal of the whole: say it at the field that it was written in. */
export function atPassword(reason: unknown): never {
  if (!(reason instanceof Problem) || reason.kind !== "sign-in-refused") throw reason;
  throw new Problem(reason.status, { ...reason.body, errors: [{ pointer: "/password", detail: reason.message }] });
}
