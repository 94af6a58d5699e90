import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { matches, Picker } from "./Picker";

const OPTIONS = [
  { value: "agent:atlas", label: "atlas", hint: "agent" },
  { value: "user:atlas", label: "atlas", hint: "person" },
  { value: "user:mira", label: "Mira Lund", hint: "person" },
];

function Chooser({ first = null }: { first?: string | null }) {
  const [value, setValue] = useState<string | null>(first);
  return (
    <>
      <Picker label="Assignee" options={OPTIONS} value={value} onChange={setValue} clearable placeholder="Nobody" />
      <output>{value ?? "nobody"}</output>
    </>
  );
}

test("typing a part of a name and Enter chooses it", async () => {
  const person = userEvent.setup();
  render(<Chooser />);
  await person.type(screen.getByRole("combobox", { name: "Assignee" }), "lun");
  await person.keyboard("{Enter}");
  expect(screen.getByRole("status", { hidden: true }).textContent).toBe("user:mira");
});

test("two of one name are told apart by what they are", async () => {
  const person = userEvent.setup();
  render(<Chooser />);
  await person.type(screen.getByRole("combobox"), "atlas person");
  await person.keyboard("{Enter}");
  expect(document.querySelector("output")?.textContent).toBe("user:atlas");
});

test("what was chosen can be taken back", async () => {
  const person = userEvent.setup();
  render(<Chooser first="user:mira" />);
  expect(screen.getByRole<HTMLInputElement>("combobox").value).toBe("Mira Lund");
  await person.click(screen.getByRole("button", { name: "Clear assignee" }));
  expect(document.querySelector("output")?.textContent).toBe("nobody");
});

test("someone who is gone is still shown", () => {
  render(<Chooser first="zoe" />);
  expect(screen.getByRole<HTMLInputElement>("combobox").value).toBe("zoe");
});

test("accents and case do not matter", () => {
  expect(matches({ value: "1", label: "Ólafur Jónsson" }, "olaf JON")).toBe(true);
  expect(matches({ value: "1", label: "Ólafur" }, "olga")).toBe(false);
});
