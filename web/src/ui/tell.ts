import { Problem } from "../api/problem";
import { notify } from "./notices";

/** Say in the corner why an act did not work: `.catch(tell("FF-14 was not moved"))`. */
export function tell(what: string): (reason: unknown) => void {
  return (reason) =>
    notify(
      `${what}: ${reason instanceof Error ? reason.message : String(reason)}`,
      reason instanceof Problem ? reason.requestId : null,
    );
}
