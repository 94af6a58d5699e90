import type { Message } from "../agent_queries";

/** A message on its way: not yet taken by the server, or as the server tells of it. */
export type Sent = Pick<Message, "id" | "text" | "state" | "turn" | "author" | "created_at"> & { sending?: boolean };

/** How many of those that were read stay to be seen. */
const READ_SHOWN = 1;

/**
 * What is shown above the box: all that was not read yet, and of what was read or came too late the latest of those that were sent since
 * `since`. The oldest first.
 */
export function shownMessages(messages: readonly Sent[], sending: readonly Sent[], since: string): Sent[] {
  const known = new Set(messages.map((one) => one.id));
  const all = [...messages, ...sending.filter((one) => !known.has(one.id))];
  const over = all.filter((one) => one.state !== "waiting" && one.created_at >= since).slice(-READ_SHOWN);
  return all.filter((one) => one.state === "waiting" || over.includes(one));
}

/** Where a message is: on its way, waiting for the next turn, read, too late. */
export function whereItIs(message: Sent, isHeld: boolean): string {
  if (message.sending) return "is sent";
  if (message.state === "seen") return message.turn === null ? "delivered" : `delivered at turn ${message.turn}`;
  if (message.state === "missed") return "came too late: the run had ended";
  return isHeld ? "waits: it is read when the work goes on" : "waits for the next turn";
}
