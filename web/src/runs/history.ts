import { api, ask } from "../api/client";
import type { Run } from "./list_filter";

/** Save everything that a replay of the run finds as a file: `8241_a2f7.json`. */
export async function downloadHistory(run: Run): Promise<void> {
  const history = await ask(api.GET("/v1/runs/{run_id}/history", { params: { path: { run_id: run.id } } }));
  const address = URL.createObjectURL(new Blob([JSON.stringify(history, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${run.label}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
