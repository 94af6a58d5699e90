import fc from "fast-check";
import { expect, test } from "vitest";
import { allows, byResource, toggled } from "./scopes";

const KNOWN = ["events:read", "events:send", "runs:control", "runs:read", "tasks:read"];

test("permissions stand together by what they are about", () => {
  expect([...byResource(KNOWN)]).toEqual([
    ["events", ["read", "send"]],
    ["runs", ["control", "read"]],
    ["tasks", ["read"]],
  ]);
});

test("a pattern allows what it fits, and nothing besides", () => {
  expect(allows(["*:read"], "runs:read")).toBe(true);
  expect(allows(["*:read"], "runs:control")).toBe(false);
  expect(allows(["runs.*"], "runs:read")).toBe(false);
});

test("taking one away from a pattern leaves the others that it stood for", () => {
  expect(toggled(["*:read"], "runs:read", KNOWN)).toEqual(["events:read", "tasks:read"]);
  expect(toggled(["runs:*", "events:send"], "events:send", KNOWN)).toEqual(["runs:*"]);
});

test("toggling changes that permission and no other", () => {
  const scope = fc.constantFrom(...KNOWN, "*", "*:read", "runs:*");
  fc.assert(
    fc.property(fc.array(scope, { maxLength: 4 }), fc.constantFrom(...KNOWN), (scopes, permission) => {
      const after = toggled(scopes, permission, KNOWN);
      for (const one of KNOWN) expect(allows(after, one)).toBe(one === permission ? !allows(scopes, one) : allows(scopes, one));
    }),
  );
});
