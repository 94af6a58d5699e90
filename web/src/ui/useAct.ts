import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../api/problem";

/** One act of a form or a button: whether it is on its way, and what was wrong with it. */
export type Act<In, Out> = {
  run: (input: In) => Promise<Out | undefined>;
  busy: boolean;
  /** What the server said against it, until it is tried again. */
  problem: Problem | null;
  forget: () => void;
};

/**
 * What a form does when it is sent: it waits, shows what was wrong, and says which lists are not true any more.
 *
 *     const invite = useAct((body: Schema<"InvitationIn">) => ask(api.POST("/v1/invitations", { body })), ["invitations"]);
 */
export function useAct<In, Out>(act: (input: In) => Promise<Out>, ...stale: QueryKey[]): Act<In, Out> {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  return {
    busy,
    problem,
    forget: () => setProblem(null),
    run: async (input) => {
      setBusy(true);
      setProblem(null);
      try {
        const out = await act(input);
        await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
        return out;
      } catch (reason) {
        setProblem(
          reason instanceof Problem ? reason : new Problem(0, { title: "The page has a fault", detail: String(reason) }),
        );
        return undefined;
      } finally {
        setBusy(false);
      }
    },
  };
}
