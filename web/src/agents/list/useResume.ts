import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "../../api/client";
import { tell } from "../../ui/tell";
import { type Agent, takeAgent } from "../agent_queries";

/** Let a paused agent go on. */
export function useResume() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (agent: Agent) => ask(api.POST("/v1/agents/{agent}/resume", { params: { path: { agent: agent.name } } })),
    onSuccess: (fresh) => takeAgent(client, fresh),
    onError: (reason, agent) => tell(`${agent.name} is still paused`)(reason),
  });
}
