import { expect, test } from "vitest";
import { eventSnippets, python, quoted } from "./snippets";

const text = (name: string, ...rest: Parameters<typeof eventSnippets>) =>
  eventSnippets(...rest).find((one) => one.name === name)?.text;

test("an event is sent from a shell whatever stands in its data", () => {
  expect(text("cli", { name: "order/created", data: { note: "it's" } }, "http://127.0.0.1:8288", false)).toBe(
    `flowforge send order/created --data '{"note":"it'\\''s"}'`,
  );
});

test("curl names the key where the server wants one, and never holds it", () => {
  const event = { name: "a", data: {}, id: "x" };
  expect(text("curl", event, "https://flows.example.com", true)).toContain("$FLOWFORGE_API_KEY");
  expect(text("curl", event, "https://flows.example.com", false)).not.toContain("Authorization");
});

test("Python has its own words for true, false and null", () => {
  expect(python({ a: true, b: null, c: [1, "ü"] })).toBe('{"a": True, "b": None, "c": [1, "ü"]}');
});

test("what is long goes over several lines", () => {
  expect(python({ a: "x".repeat(50), b: "y".repeat(50) })).toBe(
    `{\n    "a": "${"x".repeat(50)}",\n    "b": "${"y".repeat(50)}",\n}`,
  );
});

test("a word of a shell is quoted only where it has to be", () => {
  expect([quoted("order/created"), quoted("a b"), quoted("")]).toEqual(["order/created", "'a b'", "''"]);
});
