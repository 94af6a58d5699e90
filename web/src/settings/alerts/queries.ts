import { api, ask, type Schema } from "../../api/client";
import { family } from "../../live/frame";
import { onFrames } from "../../live/start";

export type Alert = Schema<"AlertOut">;
export type Channel = Schema<"ChannelOut">;
export type Rule = Schema<"RuleOut">;

export const ALERTS = ["alerts"] as const;
export const CHANNELS = ["alerts", "channels"] as const;
export const RULES = ["alerts", "rules"] as const;

export const fetchAlerts = (state: "open" | "resolved" | undefined) => (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/alerts", { params: { query: { state, cursor, limit: 50 } }, signal }));

export const fetchChannels = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/alert_channels", { params: { query: { cursor, limit: 100 } }, signal }));

export const fetchRules = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/alert_rules", { params: { query: { cursor, limit: 100 } }, signal }));

/** What a rule watches: in words, what its figures mean, and what they are unless somebody says otherwise. */
export const KINDS: Record<string, { label: string; says: string; window: string; counts: boolean }> = {
  failed_runs: { label: "Runs fail", says: "so many runs of a function failed within", window: "10m", counts: true },
  stalled_queue: {
    label: "The queue stands still",
    says: "a run has waited for its first worker for",
    window: "5m",
    counts: false,
  },
  overdue_approval: { label: "An approval is overdue", says: "an approval has waited for", window: "4h", counts: false },
  used_budget: { label: "A budget is used up", says: "a budget has come to its threshold", window: "", counts: false },
  undispatched_events: {
    label: "Events are not matched",
    says: "an event has not been matched for",
    window: "1m",
    counts: false,
  },
};

onFrames((frames, client) => {
  if (frames.some((frame) => family(frame) === "alert")) void client.invalidateQueries({ queryKey: ALERTS });
});
