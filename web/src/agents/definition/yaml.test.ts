import { expect, test } from "vitest";
import { yaml } from "./yaml";

test("a definition is written as people write YAML", () => {
  const text = yaml({
    name: "atlas",
    model: "claude-sonnet-4.5",
    instructions: "Settle refunds.\n\nNever pay twice.\n",
    tools: ["lookup_order", "issue_refund"],
    limits: { turns: 50, wall_time: "2h" },
    memory: true,
  });
  expect(text).toBe(`name: atlas
model: claude-sonnet-4.5
instructions: |
  Settle refunds.

  Never pay twice.
tools: [lookup_order, issue_refund]
limits: {turns: 50, wall_time: "2h"}
memory: true
`);
});

test("a text that some reader takes for something else is quoted", () => {
  expect(yaml({ a: "no", b: "1e3", c: "x: y", d: "# x", e: "2026-11-23", f: " x", g: "", h: "null" })).toBe(
    'a: "no"\nb: "1e3"\nc: "x: y"\nd: "# x"\ne: "2026-11-23"\nf: " x"\ng: ""\nh: "null"\n',
  );
});

test("lines that a block would not give back are written as JSON", () => {
  expect(yaml({ a: "  x\ny", b: "x \ny", c: "x\r\ny", d: "x\n\n" })).toBe(
    'a: "  x\\ny"\nb: "x \\ny"\nc: "x\\r\\ny"\nd: "x\\n\\n"\n',
  );
  expect(yaml({ a: "x\ny" })).toBe("a: |-\n  x\n  y\n");
});
