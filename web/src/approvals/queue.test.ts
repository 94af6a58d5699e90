import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Approval } from "./approval";
import { EMPTY, follow, moveOn, nextOf, type Queue } from "./queue";
import { sampleApproval } from "./sample";

const pending = (id: string) => sampleApproval({ id });
const decided = (id: string) => sampleApproval({ id, state: "approved", decided_by: "mira" });
const waits = (one: Approval) => one.state === "pending";
const ids = (queue: Queue) => queue.rows.map((row) => row.id);

describe("the queue", () => {
  test("what is new comes in below", () => {
    const queue = follow(follow(EMPTY, [pending("a"), pending("b")], "a"), [pending("0"), pending("a"), pending("b")], "a");
    expect(ids(queue)).toEqual(["a", "b", "0"]);
    expect([...queue.arrived]).toEqual(["0"]);
  });

  test("what somebody else decides stays until the reader goes on", () => {
    const before = follow(EMPTY, [pending("a"), pending("b"), pending("c")], "b");
    const during = follow(follow(before, [decided("a"), decided("b"), pending("c")], "b"), [pending("c")], "b");
    expect(ids(during)).toEqual(["a", "b", "c"]);
    expect(ids(moveOn(during, "c", waits))).toEqual(["c"]);
  });

  test("what is no longer the reader's leaves, but never while it is read", () => {
    const before = follow(EMPTY, [pending("a"), pending("b")], "a");
    expect(ids(follow(before, [], "a"))).toEqual(["a"]);
  });

  test("after one that was decided comes the next that waits, at the end the one before", () => {
    const rows = [pending("a"), decided("b"), pending("c")];
    expect(nextOf(rows, "a", waits)?.id).toBe("c");
    expect(nextOf(rows, "c", waits)?.id).toBe("a");
    expect(nextOf([decided("b")], "b", waits)).toBeUndefined();
  });

  test("nothing changes its place, whatever comes", () => {
    const answer = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 });
    const over = fc.subarray(["a", "b", "c", "d", "e"]);
    fc.assert(
      fc.property(fc.array(fc.tuple(answer, over), { maxLength: 8 }), fc.constantFrom("a", "b", "c"), (answers, open) => {
        let queue = EMPTY;
        for (const [fresh, ended] of answers) {
          const before = ids(queue);
          queue = follow(
            queue,
            fresh.map((id) => (ended.includes(id) ? decided(id) : pending(id))),
            open,
          );
          const after = ids(queue);
          expect(new Set(after).size).toBe(after.length);
          expect(after.filter((id) => before.includes(id))).toEqual(before.filter((id) => after.includes(id)));
          if (before.includes(open)) expect(after).toContain(open);
          for (const id of fresh) if (!ended.includes(id)) expect(after).toContain(id);
        }
      }),
    );
  });
});
