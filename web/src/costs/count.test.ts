import { expect, it } from "vitest";
import { brief, calls, change, whole } from "./count";

it("counts are whole where there is room, and short where there is none", () => {
  expect(whole(2_481_004)).toBe("2,481,004");
  expect(brief(2_481_004)).toBe("2.5M");
  expect(brief(9_120)).toBe("9,120");
  expect(calls(1)).toBe("1 call");
  expect(calls(1204)).toBe("1,204 calls");
});

it("a change is said with its sign, and not at all where there is none", () => {
  expect(change(-18)).toBe("−18 %");
  expect(change(3)).toBe("+3 %");
  expect(change(0.4)).toBe("+0.4 %");
  expect(change(999.4)).toBe("+999 %");
  expect(change(6687)).toBe("× 68");
  expect(change(0)).toBeNull();
});
