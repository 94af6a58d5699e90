import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { faultsOf } from "./json_fault";
import type { JsonSchema } from "./json_shape";
import { SchemaForm } from "./SchemaForm";

const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    order: { type: "string", description: "The order's number" },
    amount: { type: "number", maximum: 500 },
    notify: { type: "boolean", default: true },
    lines: { type: "array", items: { type: "object" } },
  },
  required: ["order", "amount", "notify"],
};
const ASKED = { order: "A-1", amount: 420, notify: true, lines: [{ sku: "x" }] };

function Held({ told }: { told: (value: unknown) => void }) {
  const [value, setValue] = useState<unknown>(ASKED);
  const change = (next: unknown) => {
    setValue(next);
    told(next);
  };
  return (
    <SchemaForm
      label="Arguments"
      schema={SCHEMA}
      value={value}
      onChange={change}
      original={ASKED}
      faults={faultsOf(SCHEMA, value)}
    />
  );
}

test("a number may be typed slowly, and what it was stays in sight", async () => {
  let value: unknown;
  render(<Held told={(next) => (value = next)} />);
  const amount = screen.getByLabelText("amount");
  await userEvent.clear(amount);
  await userEvent.type(amount, "12.50");
  expect((amount as HTMLInputElement).value).toBe("12.50");
  expect(value).toEqual({ ...ASKED, amount: 12.5 });
  screen.getByText("At most 500. Was 420.");
});

test("half a number is told at once and is not sent as another", async () => {
  let value: unknown;
  render(<Held told={(next) => (value = next)} />);
  await userEvent.type(screen.getByLabelText("amount"), ",5");
  screen.getByText("✗ This is not a number.");
  expect(faultsOf(SCHEMA, value)).toHaveLength(1);
});

test("what has no drawing is JSON in its place, and the whole is JSON behind the switch", async () => {
  let value: unknown;
  render(<Held told={(next) => (value = next)} />);
  const lines = screen.getByLabelText("lines (optional)");
  await userEvent.clear(lines);
  await userEvent.type(lines, "[[]{{]");
  screen.getByText(/This is not JSON yet/);
  await userEvent.clear(lines);
  expect(value).toEqual({ order: "A-1", amount: 420, notify: true });
  await userEvent.click(screen.getByRole("button", { name: "As JSON" }));
  expect(JSON.parse((screen.getByLabelText("Arguments as JSON") as HTMLTextAreaElement).value)).toEqual(value);
});
