import { api, ask } from "../api/client";
import { saveAs } from "../ui/save";
import type { Run } from "./list_filter";

/** Save everything that a replay of the run finds as a file: `8241_a2f7.json`. */
export async function downloadHistory(run: Run): Promise<void> {
  const history = await ask(api.GET("/v1/runs/{run_id}/history", { params: { path: { run_id: run.id } } }));
  saveAs(`${run.label}.json`, new Blob([JSON.stringify(history, null, 2)], { type: "application/json" }));
}
