import { expect, test } from "vitest";
import { type RunPages, withFirstPage, withoutRuns, withRuns, withStates } from "./fresh_runs";
import { filterOf, fits, type Run } from "./list_filter";

const NOW = Date.parse("2026-11-22T09:00:00Z");

function run(id: string, more: Partial<Run> = {}): Run {
  return {
    id,
    function: "order.ship",
    state: "running",
    error: null,
    created_at: "2026-11-22T08:00:00Z",
    dismissed_at: null,
    test: false,
    ...more,
  } as Run;
}

function pages(...rows: Run[][]): RunPages {
  return { pages: rows.map((data, index) => ({ data, next_cursor: `c${index}` })), pageParams: rows.map(() => undefined) };
}

const ids = (held: RunPages) => held.pages.map((page) => page.data.map((one) => one.id));

test("an address in short words is what the API is asked for", () => {
  expect(filterOf({ state: "failed", fn: "order.ship", since: "24h", dismissed: "no", error: "Down" }, NOW)).toEqual({
    state: "failed",
    function: "order.ship",
    error_type: "Down",
    q: undefined,
    since: "2026-11-21T09:00:00.000Z",
    until: undefined,
    dismissed: false,
    test: undefined,
  });
});

test("what an address says that is nothing is left out", () => {
  expect(
    Object.values(filterOf({ state: "asleep", since: "soon", dismissed: "perhaps" }, NOW)).every((one) => one === undefined),
  ).toBe(true);
});

test("a run fits where all of the filter holds", () => {
  const failed = run("a", { state: "failed", error: { type: "Down", message: "503 from Slack" } });
  expect(fits(failed, { state: "failed", q: "SLACK", error_type: "Down", dismissed: false })).toBe(true);
  expect(fits(failed, { dismissed: true })).toBe(false);
  expect(fits(failed, { since: "2026-11-22T08:30:00Z" })).toBe(false);
  expect(fits(failed, { function: "order.pack" })).toBe(false);
});

test("new runs stand in front, the newest first, and those that do not fit nowhere", () => {
  const held = pages([run("c"), run("b")], [run("a")]);
  const fresh = [run("d"), run("f"), run("e", { function: "mail.send" }), run("a", { state: "completed" })];
  const after = withRuns(held, fresh, { function: "order.ship" });
  expect(ids(after)).toEqual([["f", "d", "c", "b"], ["a"]]);
  expect(after.pages[1]?.data[0]?.state).toBe("completed");
});

test("a run that does not fit any more stays where it is read", () => {
  const after = withRuns(pages([run("b"), run("a")]), [run("a", { state: "completed" })], { state: "running" });
  expect(ids(after)).toEqual([["b", "a"]]);
});

test("what nobody shows changes nothing", () => {
  const held = pages([run("b")]);
  expect(withRuns(held, [run("a")], {})).toBe(held);
  expect(withStates(held, new Map([["x", "failed" as const]]))).toBe(held);
});

test("where more came than a page holds the list begins anew", () => {
  const held = pages([run("b")], [run("a")]);
  expect(ids(withFirstPage(held, { data: [run("z"), run("y")], next_cursor: "more" }, {}))).toEqual([["z", "y"]]);
  expect(ids(withFirstPage(held, { data: [run("c"), run("b")], next_cursor: "more" }, {}))).toEqual([["c", "b"], ["a"]]);
});

test("a deleted run is gone", () => {
  expect(ids(withoutRuns(pages([run("b")], [run("a")]), new Set(["b"])))).toEqual([[], ["a"]]);
});
