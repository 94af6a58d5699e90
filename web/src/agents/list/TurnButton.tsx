import { Pause, Play } from "lucide-react";
import { Suspense, useState } from "react";
import { may } from "../../session";
import { lazyPart } from "../../shell/part";
import { IconButton } from "../../ui/Button";
import type { Agent } from "../agent_queries";
import { useResume } from "./useResume";

const PauseAgent = lazyPart(() => import("../PauseAgent"));

/** Pauses the agent, with a reason, or lets it go on. */
export function TurnButton({ agent }: { agent: Agent }) {
  const [asked, setAsked] = useState(false);
  const resume = useResume();
  if (!may("agents:write") || agent.archived_at !== null) return null;
  const paused = agent.paused_at !== null;
  return (
    <>
      <IconButton
        size="small"
        label={paused ? `Resume ${agent.name}` : `Pause ${agent.name}`}
        icon={paused ? <Play size={14} /> : <Pause size={14} />}
        busy={resume.isPending}
        onClick={() => (paused ? resume.mutate(agent) : setAsked(true))}
      />
      {asked && (
        <Suspense fallback={null}>
          <PauseAgent agent={agent} onClose={() => setAsked(false)} />
        </Suspense>
      )}
    </>
  );
}
