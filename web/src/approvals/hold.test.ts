import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Act, ARMED_MS, BOUNCE_MS, HOLD_MS, held, IDLE, step } from "./hold";

function confirmedAt(acts: Act[]): number[] {
  let hold = IDLE;
  const moments: number[] = [];
  for (const act of acts) {
    const next = step(hold, act);
    hold = next.hold;
    if (next.confirmed) moments.push(act.at);
  }
  return moments;
}

describe("a press that has to be meant", () => {
  test("counts when it is held long enough, once", () => {
    expect(
      confirmedAt([
        { kind: "press", at: 0 },
        { kind: "tick", at: HOLD_MS - 1 },
        { kind: "tick", at: HOLD_MS },
        { kind: "tick", at: HOLD_MS + 16 },
        { kind: "release", at: HOLD_MS + 20 },
      ]),
    ).toEqual([HOLD_MS]);
  });

  test("a short one counts only with a second one after it", () => {
    const short: Act[] = [
      { kind: "press", at: 0 },
      { kind: "release", at: 80 },
    ];
    expect(confirmedAt(short)).toEqual([]);
    expect(confirmedAt([...short, { kind: "press", at: 80 + BOUNCE_MS }])).toEqual([80 + BOUNCE_MS]);
  });

  test("a double click is no decision, and an old short press is forgotten", () => {
    expect(
      confirmedAt([
        { kind: "press", at: 0 },
        { kind: "release", at: 80 },
        { kind: "press", at: 200 },
        { kind: "release", at: 260 },
      ]),
    ).toEqual([]);
    expect(
      confirmedAt([
        { kind: "press", at: 0 },
        { kind: "release", at: 80 },
        { kind: "press", at: 80 + ARMED_MS },
        { kind: "release", at: 160 + ARMED_MS },
      ]),
    ).toEqual([]);
  });

  test("who looks away starts anew", () => {
    expect(
      confirmedAt([
        { kind: "press", at: 0 },
        { kind: "leave", at: 300 },
        { kind: "tick", at: HOLD_MS + 1 },
      ]),
    ).toEqual([]);
  });

  test("nothing that lasts less than the bounce ever counts, whatever is pressed", () => {
    const act = fc.record({ kind: fc.constantFrom<Act["kind"]>("press", "release", "tick", "leave"), wait: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 7 }), (acts) => {
        let at = 0;
        const timed = acts.map(({ kind, wait }) => {
          at += wait;
          return { kind, at };
        });
        expect(confirmedAt(timed)).toEqual([]);
      }),
    );
  });

  test("the bar fills from 0 to 1", () => {
    expect([-5, 0, HOLD_MS / 2, HOLD_MS, 9_999].map((now) => held({ kind: "holding", since: 0 }, now))).toEqual([
      0, 0, 0.5, 1, 1,
    ]);
  });
});
