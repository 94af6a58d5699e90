import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { type Frame, text } from "../live/frame";
import { isRecord } from "../ui/json_shape";
import type { ListPage } from "../ui/usePages";
import type { Approval } from "./approval";

const ENDS_MAX = 500;
const ends = new Map<string, (approval: Approval) => Approval>();

/**
 * Keep in mind how an approval ended: an answer that was on its way meanwhile may still call it pending, and it must not come back to the
 * queue with its buttons.
 */
export function rememberEnd(id: string, end: (approval: Approval) => Approval): void {
  ends.delete(id);
  ends.set(id, end);
  const oldest = ends.keys().next().value;
  if (ends.size > ENDS_MAX && oldest !== undefined) ends.delete(oldest);
}

/** An approval that was fetched, as it is by what was heard meanwhile. */
export function asKnown(approval: Approval): Approval {
  const end = approval.state === "pending" ? ends.get(approval.id) : undefined;
  return end === undefined ? approval : { ...end(approval), alike: approval.alike };
}

/** Change one approval wherever it is held: in lists and by itself. */
export function patchApprovals(client: QueryClient, id: string, change: (approval: Approval) => Approval): void {
  client.setQueriesData<Approval>({ queryKey: ["approvals", "one"] }, (held) => held && changed(held, id, change));
  patchWaiting(client, id, change);
}

/** Change one approval in the lists of what waits. */
export function patchWaiting(client: QueryClient, id: string, change: (approval: Approval) => Approval): void {
  client.setQueriesData<InfiniteData<ListPage<Approval>>>({ queryKey: ["approvals", "waiting"] }, (held) => {
    if (held === undefined || !held.pages.some((page) => page.data.some((one) => one.id === id))) return held;
    return { ...held, pages: held.pages.map((page) => ({ ...page, data: page.data.map((one) => changed(one, id, change)) })) };
  });
}

/** What only a single answer has (`alike`) is kept. */
function changed(one: Approval, id: string, change: (approval: Approval) => Approval): Approval {
  if (one.id !== id) return one;
  const next = change(one);
  return next === one ? one : { ...next, alike: next.alike ?? one.alike };
}

/** An approval as a frame says that it ended. One that has ended already stays as it is: its own answer knows more. */
export function ended(approval: Approval, frame: Frame): Approval {
  if (approval.state !== "pending") return approval;
  if (frame.name === "approval.expired") return { ...approval, state: "expired" };
  const approved = frame.data.state === "approved";
  const by = text(frame, "decided_by") ?? null;
  const reason = text(frame, "reason") ?? null;
  const edited = isRecord(frame.data.edited_args) ? frame.data.edited_args : null;
  return {
    ...approval,
    state: approved ? "approved" : "denied",
    decided_by: by,
    decision: { approved, edited_args: edited, reason },
    votes: [
      ...approval.votes,
      {
        name: by ?? "somebody",
        approved,
        hash: approval.hash,
        reason,
        on_behalf_of: null,
        role: null,
        voted_at: text(frame, "at") ?? new Date().toISOString(),
        voided_by: null,
      },
    ],
  };
}
