import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Item } from "./item";
import { type Act, type Held, marked } from "./mark";
import { snoozeTimes } from "./snooze";

const item = (id: string, unread = true): Item => ({
  id,
  kind: "mentioned",
  subject: "tsk_1",
  task: "FF-1",
  title: "atlas mentioned you",
  text: "",
  by: "atlas",
  by_kind: "agent",
  stage: null,
  count: 1,
  seq: 1,
  unread,
  archived: false,
  snoozed_until: null,
  created_at: "2026-11-22T09:00:00Z",
  updated_at: "2026-11-22T09:00:00Z",
});
const held = (items: Item[]): Held => ({
  pages: [{ data: items, next_cursor: null, unread: { mentioned: items.filter((one) => one.unread).length }, seq: 9 }],
  pageParams: [undefined],
});
const shown = (list: Held) => list.pages.flatMap((page) => page.data);

describe("what is done in the inbox", () => {
  test("what is read stays and is counted no more; what is archived leaves", () => {
    const read = marked(held([item("a"), item("b")]), new Set(["a"]), "read");
    expect([shown(read).length, read.pages[0]?.unread.mentioned]).toEqual([2, 1]);
    const archived = marked(read, new Set(["b"]), "archive");
    expect([shown(archived).map((one) => one.id), archived.pages[0]?.unread.mentioned]).toEqual([["a"], 0]);
  });

  test("the number is that of the unread ones, whatever is done in which order", () => {
    const act = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom<Act>("read", "unread", "archive", "snooze"));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        let list = held([item("a"), item("b"), item("c", false)]);
        for (const [id, what] of acts) list = marked(list, new Set([id]), what);
        expect(list.pages[0]?.unread.mentioned).toBe(shown(list).filter((one) => one.unread).length);
      }),
    );
  });
});

test("what is put off comes back later, never earlier", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date("2026-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }), (now) => {
      const times = snoozeTimes(now);
      expect(times.every(({ until }) => until.getTime() > now.getTime())).toBe(true);
      expect(new Set(times.map(({ label }) => label)).size).toBe(times.length);
    }),
  );
});
