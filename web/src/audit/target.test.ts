import { expect, it } from "vitest";
import { targetLink, targetName } from "./target";

const ID = "agt_01a207c43d9c7000a68c143723031bfc";

it("a target is called by its name where the entry has it, and by the end of its id where not", () => {
  expect(targetName({ target: { kind: "task", name: "FF-12" }, detail: null })).toBe("FF-12");
  expect(targetName({ target: { kind: "agent", name: ID }, detail: { name: "maya" } })).toBe("maya");
  expect(targetName({ target: { kind: "agent", name: ID }, detail: {} })).toBe("2303_1bfc");
  expect(targetName({ target: { kind: "user", name: null }, detail: null })).toBe("erased");
});

it("what is still there has a link", () => {
  expect(targetLink({ target: { kind: "task", name: "FF-12" }, action: "task.move" })).toMatchObject({
    params: { key: "FF-12" },
  });
  expect(targetLink({ target: { kind: "model", name: "gpt-4o" }, action: "price.set" })).toMatchObject({
    search: { price: "gpt-4o" },
  });
  expect(targetLink({ target: { kind: "agent", name: ID }, action: "agent.delete" })).toBeUndefined();
  expect(targetLink({ target: { kind: "retention", name: "x" }, action: "retention.set" })).toBeUndefined();
});
