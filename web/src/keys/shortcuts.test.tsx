import { fireEvent, render } from "@testing-library/react";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { listenToKeys, type Shortcut, setSingleKeysOff, useShortcuts } from "./shortcuts";

beforeAll(listenToKeys);
beforeEach(() => setSingleKeysOff(false));

function Page({ keys }: { keys: Shortcut[] }) {
  useShortcuts(keys);
  return (
    <>
      <input aria-label="field" />
      <div role="dialog">
        <button type="button">in a dialog</button>
      </div>
    </>
  );
}

function shortcut(keys: Shortcut["keys"], run: () => void, more: Partial<Shortcut> = {}): Shortcut {
  return { keys, run, label: "act", group: "Page", ...more };
}

test("a key acts, and no longer does when its page is gone", () => {
  const act = vi.fn();
  const page = render(<Page keys={[shortcut("c", act)]} />);
  fireEvent.keyDown(document.body, { key: "c" });
  page.unmount();
  fireEvent.keyDown(document.body, { key: "c" });
  expect(act).toHaveBeenCalledTimes(1);
});

test("two keys after each other are one shortcut, and the second alone is its own", () => {
  const go = vi.fn();
  const alone = vi.fn();
  render(<Page keys={[shortcut(["g", "b"], go), shortcut("b", alone)]} />);
  fireEvent.keyDown(document.body, { key: "g" });
  fireEvent.keyDown(document.body, { key: "b" });
  fireEvent.keyDown(document.body, { key: "b" });
  expect([go.mock.calls.length, alone.mock.calls.length]).toEqual([1, 1]);
});

test("who types a text sets nothing off, but for keys that no text can hold", () => {
  const plain = vi.fn();
  const palette = vi.fn();
  const page = render(<Page keys={[shortcut("c", plain), shortcut("mod+k", palette)]} />);
  const field = page.getByLabelText("field");
  fireEvent.keyDown(field, { key: "c" });
  fireEvent.keyDown(field, { key: "k", ctrlKey: true });
  expect([plain.mock.calls.length, palette.mock.calls.length]).toEqual([0, 1]);
});

test("what is open on top of the page has the keys to itself", () => {
  const act = vi.fn();
  const page = render(<Page keys={[shortcut("c", act)]} />);
  fireEvent.keyDown(page.getByText("in a dialog"), { key: "c" });
  expect(act).not.toHaveBeenCalled();
});

test("single keys can be switched off, and the others still work", () => {
  const plain = vi.fn();
  const palette = vi.fn();
  render(<Page keys={[shortcut("c", plain), shortcut("mod+k", palette)]} />);
  setSingleKeysOff(true);
  fireEvent.keyDown(document.body, { key: "c" });
  fireEvent.keyDown(document.body, { key: "k", metaKey: true });
  expect([plain.mock.calls.length, palette.mock.calls.length]).toEqual([0, 1]);
});

test("the page that was shown last has a key that two want", () => {
  const below = vi.fn();
  const above = vi.fn();
  render(<Page keys={[shortcut("j", below)]} />);
  render(<Page keys={[shortcut("j", above)]} />);
  fireEvent.keyDown(document.body, { key: "j" });
  expect([below.mock.calls.length, above.mock.calls.length]).toEqual([0, 1]);
});

test("Enter and Space press what has the focus, and are the page's where nothing of the kind has it", () => {
  const open = vi.fn();
  const pause = vi.fn();
  const page = render(
    <>
      <Page keys={[shortcut("Enter", open), shortcut("Space", pause)]} />
      <a href="/runs">runs</a>
      <button type="button">act</button>
    </>,
  );
  const kept = [
    fireEvent.keyDown(page.getByText("runs"), { key: "Enter" }),
    fireEvent.keyDown(page.getByText("act"), { key: "Enter" }),
    fireEvent.keyDown(page.getByText("act"), { key: " " }),
  ];
  expect(kept).toEqual([true, true, true]);
  expect([open.mock.calls.length, pause.mock.calls.length]).toEqual([0, 0]);
  fireEvent.keyDown(document.body, { key: "Enter" });
  fireEvent.keyDown(page.getByText("runs"), { key: " " });
  expect([open.mock.calls.length, pause.mock.calls.length]).toEqual([1, 1]);
});
