import { money } from "../ui/money";
import { type Approval, kindOf } from "./approval";

/** What is asked, in one plain sentence. `asker` is the function's name where no agent asks. */
export function headline(approval: Approval, asker: string | null = null): string {
  const who = approval.agent ?? asker ?? "A function";
  switch (kindOf(approval)) {
    case "budget":
      return `${who} needs more than the budget ${text(approval.arguments.budget)} has left. Raise it by ${raise(approval)}?`;
    case "uncertain":
      return `Did ${approval.tool} happen?`;
    case "question":
      return `${who} ${approval.state === "pending" ? "asks" : "asked"}: ${approval.tool}`;
    default:
      return `${who} ${approval.state === "pending" ? "wants" : "wanted"} to ${approval.tool}`;
  }
}

/** What approving comes to, as far as the tool's author has said. */
export function consequence(approval: Approval): string {
  if (kindOf(approval) === "budget") return `${raise(approval)} more may be spent in this period.`;
  if (kindOf(approval) === "uncertain") return "If it has happened, calling it again does it twice.";
  return sentence(approval.consequence ?? EFFECTS[approval.effect] ?? `Its effect is ${approval.effect}.`);
}

/** Why it is held and not pressed, in a few words. */
export function graveness(approval: Approval): string {
  if (kindOf(approval) === "uncertain") return "it may happen twice";
  return approval.reversible === false ? "it cannot be undone" : "money moves";
}

/** Whether it can be undone: never silent about it. */
export function undoing(approval: Approval): string {
  if (approval.reversible === true) return "It can be undone.";
  if (approval.reversible === false) return "It cannot be undone.";
  return "Nobody has said whether it can be undone.";
}

const EFFECTS: Record<string, string> = {
  read: "It only reads.",
  write: "It changes data.",
  money: "It moves money.",
  outside: "It is seen outside.",
};

/** An effect as a word beside a name. */
export const EFFECT_WORDS: Record<string, string> = {
  read: "reads",
  write: "changes data",
  money: "money",
  outside: "seen outside",
};

/** Why it waits, without the part that only says that it does. */
export function why(approval: Approval): string | null {
  if (approval.reason === null) return null;
  if (kindOf(approval) === "uncertain")
    return "Its worker died after it began and before its result was stored, so nobody knows whether it happened. Find out. If it has not, call it again; if it has, say what came of it.";
  const start = `${approval.tool} waits for a person: `;
  return sentence(approval.reason.startsWith(start) ? approval.reason.slice(start.length) : approval.reason);
}

/** How calls like it were decided lately, whoever asked and by the same agent. */
export function history({ agent, alike }: Pick<Approval, "agent" | "alike">): string {
  if (alike === null || alike === undefined) return "";
  const { agent_approved, agent_denied, shape_approved, shape_denied, days } = alike;
  const shape = shape_approved + shape_denied > 0;
  const own = agent !== null && agent_approved + agent_denied > 0;
  if (!shape && !own) return `The first one like this in ${days} days.`;
  const told = (approved: number, denied: number) => `${approved || "none"} approved, ${denied || "none"} denied`;
  return [
    `In ${days} days`,
    ...(own ? [`${agent}'s: ${told(agent_approved, agent_denied)}`] : []),
    ...(shape ? [`with such arguments: ${told(shape_approved, shape_denied)}`] : []),
  ].join(" · ");
}

function raise(approval: Approval): string {
  const { raise_by, unit } = approval.proposal ?? approval.arguments;
  return unit === "usd" ? money(text(raise_by)) : `${text(raise_by)} ${text(unit)}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Begins with a capital, unless with a name such as `slow_call`, and ends with a full stop. */
function sentence(words: string): string {
  const first = /^\w*_/.test(words) ? words : `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
