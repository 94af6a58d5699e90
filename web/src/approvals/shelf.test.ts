import { QueryClient } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import type { Frame } from "../live/frame";
import type { Approval } from "./approval";
import { sampleApproval } from "./sample";
import { asKnown, ended, patchApprovals, rememberEnd } from "./shelf";

const denied: Frame = {
  id: 7,
  name: "approval.decided",
  data: { approval: "apr_1", state: "denied", decided_by: "mira", approved: false, edited_args: null, reason: "It has arrived." },
};

describe("an approval that ended elsewhere", () => {
  test("says by whom and why", () => {
    const now = ended(sampleApproval(), denied);
    expect([now.state, now.decided_by, now.decision?.reason]).toEqual(["denied", "mira", "It has arrived."]);
  });

  test("that is told twice ends once", () => {
    const once = ended(sampleApproval(), denied);
    expect(ended(once, denied)).toBe(once);
  });

  test("is changed wherever it is held, and keeps what only a single answer has", () => {
    const client = new QueryClient();
    const alike = { agent_approved: 1, agent_denied: 0, shape_approved: 1, shape_denied: 0, days: 7 };
    const held = sampleApproval({ id: "apr_1" });
    client.setQueryData(["approvals", "one", "apr_1"], { ...held, alike });
    client.setQueryData(["approvals", "waiting", "all", {}], {
      pages: [{ data: [held, sampleApproval({ id: "apr_2" })] }],
      pageParams: [],
    });
    patchApprovals(client, "apr_1", (one) => ended(one, denied));
    expect(client.getQueryData<Approval>(["approvals", "one", "apr_1"])).toMatchObject({ state: "denied", alike });
    const [page] = client.getQueryData<{ pages: { data: Approval[] }[] }>(["approvals", "waiting", "all", {}])?.pages ?? [];
    expect(page?.data.map((one) => one.state)).toEqual(["denied", "pending"]);
  });

  test("does not come back with an answer that was on its way meanwhile", () => {
    rememberEnd("apr_9", (one) => ended(one, denied));
    expect(asKnown(sampleApproval({ id: "apr_9" })).state).toBe("denied");
    expect(asKnown(sampleApproval({ id: "apr_8" })).state).toBe("pending");
  });
});
