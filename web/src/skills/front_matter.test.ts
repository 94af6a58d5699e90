import { expect, test } from "vitest";
import { instructionsOf, readFront } from "./front_matter";

const skill = (front: string) => `---\n${front}\n---\nLook the order up first.\n`;

test("a name and a description are all that is needed", () => {
  expect(readFront(skill("name: refunds\ndescription: How we pay back."))).toEqual({
    name: "refunds",
    description: "How we pay back.",
    faults: [],
  });
});

test("quotes and comments are no part of a value", () => {
  const front = readFront(skill(`name: "refunds"  \ndescription: 'Pay: back'`));
  expect([front.name, front.description]).toEqual(["refunds", "Pay: back"]);
  expect(readFront(skill("name: refunds # ours\ndescription: x")).name).toBe("refunds");
});

test("what is surely wrong is said", () => {
  expect(readFront("no front matter").faults).toHaveLength(1);
  expect(readFront(skill("name: Refund Orders\ndescription: x")).faults[0]).toContain("lower-case");
  expect(readFront(skill("description: x")).faults).toEqual(["It has no name."]);
  expect(readFront(skill("name: a")).faults[0]).toContain("no description");
  expect(readFront(skill(`name: a\ndescription: ${"x".repeat(1025)}`)).faults[0]).toContain("1025");
  expect(readFront(skill(`name: ${"a".repeat(65)}\ndescription: x`)).faults[0]).toContain("65");
});

test("what goes on over several lines is left to the server", () => {
  expect(readFront(skill("name: a\ndescription: >\n  long\n  text")).faults).toEqual([]);
  expect(readFront(skill("name: a\ndescription: long\n  text")).faults).toEqual([]);
});

test("what follows it are the instructions", () => {
  expect(instructionsOf(skill("name: a\ndescription: b"))).toBe("Look the order up first.");
  expect(instructionsOf("plain")).toBe("plain");
});
