import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import type { Approval } from "./approval";
import { tookAnswer } from "./queries";
import { RepeatKeys } from "./repeat_key";

export type Decision = Omit<Schema<"DecisionIn">, "hash">;

/**
 * Decide the call that the reader sees: its hash goes with the decision, so that no other call is decided. The page shows nothing as done
 * before the server has answered; the same decision tried again is the same act.
 */
export function useDecision(approval: Approval, onDecided: (answer: Approval) => void) {
  const client = useQueryClient();
  const keys = useRef(new RepeatKeys());
  const [busy, setBusy] = useState<"approve" | "deny" | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);

  async function decide(decision: Decision): Promise<void> {
    if (busy !== null) return;
    const body = { ...decision, hash: approval.hash };
    setBusy(decision.approved ? "approve" : "deny");
    setFailure(null);
    try {
      const answer = await ask(
        api.POST("/v1/approvals/{approval_id}/decision", {
          params: { path: { approval_id: approval.id } },
          body,
          headers: { "idempotency-key": keys.current.of(approval.id, body) },
        }),
      );
      keys.current.settled(approval.id, body);
      tookAnswer(client, answer);
      onDecided(answer);
    } catch (reason) {
      const problem = reason instanceof Problem ? reason : Problem.unreachable();
      setFailure(problem);
      if (problem.status > 0 && problem.status < 500) keys.current.settled(approval.id, body);
      // Somebody was faster, or it is another call by now: what is shown has to be what is so.
      if ([403, 404, 409, 410].includes(problem.status)) void client.invalidateQueries({ queryKey: ["approvals", "one"] });
    } finally {
      setBusy(null);
    }
  }

  return { decide, busy, failure, forget: () => setFailure(null) };
}

export type DecisionControl = ReturnType<typeof useDecision>;
