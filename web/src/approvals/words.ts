import { money } from "../ui/money";
import { type Approval, kindOf } from "./approval";

/** What is asked, in one plain sentence. `asker` is the function's name where no agent asks. */
export function headline(approval: Approval, asker: string | null = null): string {
  const who = approval.agent ?? asker ?? "A function";
  switch (kindOf(approval)) {
    case "budget":
      return `${who} has used up the budget ${text(approval.arguments.budget)}. Raise it by ${raise(approval)}?`;
    case "uncertain":
      return `Did ${approval.tool} happen?`;
    case "question":
      return `${who} asks: ${approval.tool}`;
    default:
      return `${who} wants to ${approval.tool}`;
  }
}

/** What approving comes to, as far as the tool's author has said. */
export function consequence(approval: Approval): string {
  if (kindOf(approval) === "budget") return `${raise(approval)} more may be spent in this period.`;
  return sentence(approval.consequence ?? EFFECTS[approval.effect] ?? `Its effect is ${approval.effect}.`);
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
export const EFFECT_WORDS: Record<string, string> = { read: "reads", write: "changes data", money: "money", outside: "seen outside" };

/** Why it waits, without the part that only says that it does. */
export function why(approval: Approval): string | null {
  if (approval.reason === null) return null;
  const start = `${approval.tool} waits for a person: `;
  return sentence(approval.reason.startsWith(start) ? approval.reason.slice(start.length) : approval.reason);
}

/** How calls like it were decided lately: "Of the same agent 2 approved, none denied". Null where there were none. */
export function history(alike: NonNullable<Approval["alike"]>): string {
  const { agent_approved, agent_denied, shape_approved, shape_denied, days } = alike;
  if (agent_approved + agent_denied + shape_approved + shape_denied === 0) return `The first one like this in ${days} days.`;
  const told = (approved: number, denied: number) => `${approved} approved, ${denied} denied`;
  return `In ${days} days: ${told(agent_approved, agent_denied)} of this agent's; ${told(shape_approved, shape_denied)} of anybody's with such arguments.`;
}

/** What the approvals of a function, which is no agent, were: there only the shape tells. */
export function historyOfShape({ shape_approved, shape_denied, days }: NonNullable<Approval["alike"]>): string {
  if (shape_approved + shape_denied === 0) return `The first one like this in ${days} days.`;
  return `In ${days} days: ${shape_approved} approved, ${shape_denied} denied.`;
}

function raise(approval: Approval): string {
  const { raise_by, unit } = approval.proposal ?? approval.arguments;
  return unit === "usd" ? money(text(raise_by)) : `${text(raise_by)} ${text(unit)}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Begins with a capital and ends with a full stop. */
function sentence(words: string): string {
  const first = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
