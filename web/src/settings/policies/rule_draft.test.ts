import { expect, test } from "vitest";
import type { Rule } from "./queries";
import { draftOf, FRESH, ruleOf } from "./rule_draft";
import { asked, fits } from "./rule_words";

const REFUNDS: Rule = {
  action: "require",
  tool: ["issue_refund", "pay_*"],
  effect: null,
  agent: null,
  labels: null,
  tainted: null,
  when: "args.amount <= 5000.0",
  zone: null,
  reason: "two people look at larger refunds",
  grantable: false,
  require: {
    count: 2,
    roles: ["approver"],
    people: [],
    not_requester: true,
    expires: 86_400,
    remind_after: 3_600,
    escalate_after: 5_400,
    escalate_to: "admin",
  },
};

test("a rule that is opened and sent again says the same", () => {
  expect(ruleOf(draftOf(REFUNDS))).toEqual({
    action: "require",
    tool: ["issue_refund", "pay_*"],
    when: "args.amount <= 5000.0",
    reason: "two people look at larger refunds",
    grantable: false,
    require: {
      count: 2,
      roles: ["approver"],
      not_requester: true,
      expires: "24h",
      remind_after: "1h",
      escalate_after: "90m",
      escalate_to: "admin",
    },
  });
});

test("what is left empty is not sent", () => {
  expect(ruleOf({ ...FRESH, action: "deny" })).toEqual({ action: "deny" });
});

test("a rule is read as a sentence", () => {
  expect(fits(REFUNDS)).toBe("issue_refund or pay_*");
  expect(fits({ ...REFUNDS, tool: null, effect: ["money"], tainted: true })).toBe(
    "Any tool that is money, after reading untrusted content",
  );
  expect(asked(REFUNDS)).toBe(
    "2 people of role approver · not whoever gave the work · reminded after 1 h · admin too after 1 h 30 min · reads as denied after 24 h".replace(
      "24 h",
      "1 d",
    ),
  );
  expect(asked({ ...REFUNDS, action: "deny" })).toBeNull();
});
