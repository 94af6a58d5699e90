import { type ReactNode, Suspense, useState } from "react";
import { useShortcuts } from "../../keys/shortcuts";
import { may } from "../../session";
import { lazyPart } from "../../shell/part";
import type { Agent } from "../agent_queries";
import { useResume } from "./useResume";

const PauseAgent = lazyPart(() => import("../PauseAgent"));

/** `p` pauses or resumes the agent whose row has the focus. Returns the question that it asks. */
export function usePauseKey(rows: readonly Agent[]): ReactNode {
  const [asked, setAsked] = useState<Agent | null>(null);
  const resume = useResume();
  const turn = () => {
    const row = document.activeElement?.closest<HTMLElement>("[data-row]")?.dataset.row;
    const agent = row === undefined ? undefined : rows[Number(row)];
    if (agent === undefined || agent.archived_at !== null) return;
    if (agent.paused_at === null) setAsked(agent);
    else resume.mutate(agent);
  };
  useShortcuts(may("agents:write") ? [{ keys: "p", label: "Pause or resume the agent", group: "Agents", run: turn }] : []);
  return (
    asked !== null && (
      <Suspense fallback={null}>
        <PauseAgent agent={asked} onClose={() => setAsked(null)} />
      </Suspense>
    )
  );
}
