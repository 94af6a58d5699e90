import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { family } from "../live/frame";
import { onFrames } from "../live/start";

/** How many approvals wait, and how many of them for the reader. */
export const approvalCounts = queryOptions({
  queryKey: ["approvals", "counts"],
  queryFn: ({ signal }) => ask(api.GET("/v1/approvals/counts", { signal })),
});

onFrames((frames, client) => {
  if (frames.some((frame) => family(frame) === "approval")) void client.invalidateQueries({ queryKey: ["approvals"] });
});
