import { expect, test } from "vitest";
import { curlOf, pytestOf } from "./copies";
import type { Run } from "./list_filter";

const RUN = {
  id: "run_01968f3ac8b17c02a3f08241a2f70001",
  label: "a2f7_0001",
  function: "order.process_order",
  trigger: "order/created",
  state: "completed",
  input: { order_id: "it's", total: 420, gift: true, note: null },
  output: { ok: true },
  error: null,
} as unknown as Run;

test("a run is begun again by the same event", () => {
  expect(curlOf(RUN, "http://127.0.0.1:8288", false)).toBe(
    [
      "curl -X POST http://127.0.0.1:8288/v1/events",
      "-H 'Content-Type: application/json'",
      `-d '{"name":"order/created","data":{"order_id":"it'\\''s","total":420,"gift":true,"note":null}}'`,
    ].join(" \\\n  "),
  );
  expect(curlOf({ ...RUN, trigger: "flowforge/call" }, "http://x", true)).toContain("/v1/functions/order.process_order/runs");
});

test("a test of it says what began it and how it ended, in Python", () => {
  const text = pytestOf(RUN) ?? "";
  expect(text).toContain("async def test_process_order_a2f7_0001(forge):");
  expect(text).toContain(
    `begun = await forge.send("order/created", {"order_id": "it's", "total": 420, "gift": True, "note": None})`,
  );
  expect(text).toContain(`run = await forge.wait_for(begun, "completed")`);
  expect(text).toContain(`assert run.output == {"ok": True}`);
});

test("a failed run's test expects its error", () => {
  const text = pytestOf({ ...RUN, state: "failed", error: { type: "StepError", message: "no" } });
  expect(text).toContain(`assert run.error["message"] == "no"`);
});

test("an agent's run has no code of its reader's", () => {
  expect(pytestOf({ ...RUN, function: "flowforge.agent" })).toBeNull();
});
