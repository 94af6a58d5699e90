import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { family } from "../live/frame";
import { onFrames } from "../live/start";

/** All agents that are not archived, with what each of them does now. */
export const agentList = queryOptions({
  queryKey: ["agents", "all"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/agents", { params: { query: { limit: 200 } }, signal }))).data,
});

onFrames((frames, client) => {
  if (frames.some((frame) => family(frame) === "agent")) void client.invalidateQueries({ queryKey: ["agents"] });
});
