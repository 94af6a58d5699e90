import { describe, expect, test } from "vitest";
import { decidedAt, hasApproved, isEditable, isGrantable, kindOf, type Me, needsHold, whyNot } from "./approval";
import { sampleApproval } from "./sample";
import { consequence, headline, history, undoing, why } from "./words";

const mira: Me = {
  kind: "person",
  name: "mira",
  tenant: "default",
  test: false,
  role: "approver",
  scopes: null,
  permissions: ["approvals:decide", "approvals:read"],
  csrf_token: null,
};
const vote = {
  name: "mira",
  approved: true,
  hash: "h1",
  reason: null,
  on_behalf_of: null,
  role: "approver",
  voted_at: "2026-11-22T09:01:00Z",
  voided_by: null,
};

describe("who may decide", () => {
  test("anybody with the right, unless it is for others", () => {
    expect(whyNot(sampleApproval(), mira)).toBeNull();
    expect(whyNot(sampleApproval(), { ...mira, permissions: [] })).toMatch(/approvers and admins/);
    expect(whyNot(sampleApproval({ roles: ["admin"] }), mira)).toMatch(/admins/);
    expect(whyNot(sampleApproval({ roles: ["approver"] }), { ...mira, role: "admin" })).toBeNull();
    expect(whyNot(sampleApproval({ people: ["jonas"] }), mira)).toMatch(/jonas/);
    expect(whyNot(sampleApproval({ people: ["jonas"] }), mira, ["jonas"])).toBeNull();
    expect(whyNot(sampleApproval({ not_requester: true, requester: "mira" }), mira)).toMatch(/You gave this work/);
  });

  test("nobody twice, as long as their word is about this call", () => {
    const two = sampleApproval({ needed: 2, votes: [vote] });
    expect(whyNot(two, mira)).toBe("You have approved this. One more person is needed.");
    expect(hasApproved({ ...two, hash: "h2" }, "mira")).toBe(false);
    expect(hasApproved({ ...two, votes: [{ ...vote, voided_by: "jonas" }] }, "mira")).toBe(false);
  });
});

describe("what may be done with it", () => {
  test("money and what cannot be undone are held", () => {
    expect(needsHold(sampleApproval({ effect: "write", reversible: true }))).toBe(false);
    expect(needsHold(sampleApproval({ effect: "write", reversible: false }))).toBe(true);
    expect(needsHold(sampleApproval({ effect: "money", reversible: true }))).toBe(true);
  });

  test("it is granted beyond itself only where a rule or its effect lets it", () => {
    expect(isGrantable(sampleApproval())).toBe(false);
    expect(isGrantable(sampleApproval({ grantable: true }))).toBe(true);
    expect(isGrantable(sampleApproval({ effect: "write" }))).toBe(true);
    expect(isGrantable(sampleApproval({ effect: "write", task: null }))).toBe(false);
    expect(isGrantable(sampleApproval({ effect: "write", needed: 2 }))).toBe(false);
  });

  test("a number that a browser would change is not edited here", () => {
    expect(isEditable(sampleApproval({ arguments: { amount: 2 ** 64 } }))).toBe(false);
    expect(isEditable(sampleApproval())).toBe(true);
  });
});

describe("in words", () => {
  test("a tool's call", () => {
    expect(headline(sampleApproval())).toBe("atlas wants to issue_refund");
    expect(headline(sampleApproval({ state: "denied" }))).toBe("atlas wanted to issue_refund");
    expect(why(sampleApproval())).toBe("It moves money.");
    expect(`${consequence(sampleApproval())} ${undoing(sampleApproval())}`).toBe(
      "Money leaves the account. It cannot be undone.",
    );
  });

  test("a function's own question", () => {
    const asked = sampleApproval({ agent: null, tool: "ship_release", reason: null });
    expect(headline(asked, "release")).toBe("release asks: ship_release");
    expect(why(asked)).toBeNull();
  });

  test("more room in a budget", () => {
    const asked = sampleApproval({
      tool: "raise_budget",
      arguments: { budget: "daily", raise_by: "5", unit: "usd" },
      consequence: null,
    });
    expect(kindOf(asked)).toBe("budget");
    expect(headline(asked)).toBe("atlas needs more than the budget daily has left. Raise it by $5.00?");
  });

  test("a call that may have run", () => {
    const asked = sampleApproval({
      effect: "outside",
      reversible: null,
      schema: { const: { order_id: "ORD-9218" } },
      reason: "issue_refund may have run: its worker died after it began.",
    });
    expect([kindOf(asked), headline(asked), needsHold(asked)]).toEqual(["uncertain", "Did issue_refund happen?", true]);
  });

  test("what was decided lately", () => {
    const alike = { agent_approved: 2, agent_denied: 0, shape_approved: 5, shape_denied: 1, days: 7 };
    expect(history({ agent: "atlas", alike })).toBe(
      "In 7 days · atlas's: 2 approved, none denied · with such arguments: 5 approved, 1 denied",
    );
    expect(history({ agent: null, alike: { ...alike, shape_approved: 0, shape_denied: 0 } })).toBe(
      "The first one like this in 7 days.",
    );
  });

  test("when it was decided is when the last word was said", () => {
    expect(decidedAt(sampleApproval({ state: "approved", votes: [vote] }))).toBe("2026-11-22T09:01:00Z");
  });
});
