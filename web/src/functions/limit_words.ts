import type { Schema } from "../api/client";
import { span } from "./span";

/** What a limit is of: `order.ship:0` and `order.ship:throttle` belong to a function, any other is shared under its name. */
export function limitWords(limit: string): { what: string; function: string | null } {
  const [owner, place] = limit.split(/:(?=[^:]*$)/);
  if (owner === undefined || place === undefined || !/^(\d+|throttle|singleton)$/.test(place))
    return { what: limit === "agent lane" ? "an agent's own limit" : "shared limit", function: null };
  const what = place === "throttle" ? "throttle" : place === "singleton" ? "one at a time" : "concurrency";
  return { what, function: owner };
}

/** What it lets through: "2 at once", "10 starts in 1 min". */
export function capacityWords(capacity: number, perSeconds: number | null): string {
  return perSeconds === null
    ? `${capacity} at once`
    : `${capacity} ${capacity === 1 ? "start" : "starts"} in ${span(perSeconds)}`;
}

/** Why runs stand at a gate. */
export function gateWords(gate: Schema<"GateOut">): string {
  if (gate.limit === "agent lane" || gate.capacity === null) return gate.reason;
  const { what, function: owner } = limitWords(gate.limit);
  const whose = gate.key === "" ? "" : ` for ${gate.key}`;
  const name = owner === null ? `the shared limit ${gate.limit}` : `its ${what}`;
  const used = gate.used === null ? "" : `, ${gate.used} in use`;
  return `${name}${whose} lets ${capacityWords(gate.capacity, gate.per_seconds)}${used}`;
}
