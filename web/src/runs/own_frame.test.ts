import { expect, test } from "vitest";
import { framesOf, ownFrame, placeWord } from "./own_frame";

const TRACEBACK = `  File "/srv/shop/app.py", line 58, in doomed
    return await step.run("charge", charge)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/shop/pay.py", line 14, in charge
    raise CarrierDown("503")
  File "/usr/lib/python3.12/site-packages/httpx/_client.py", line 9, in send
    raise error
`;

test("the place to look at is the last one in the function's own code", () => {
  const frame = ownFrame(TRACEBACK);
  expect(frame).toEqual({ file: "/srv/shop/pay.py", line: 14, name: "charge", code: 'raise CarrierDown("503")' });
  expect(frame && placeWord(frame)).toBe("pay.py:14");
});

test("all places are told in their order", () => {
  expect(framesOf(TRACEBACK).map((frame) => frame.line)).toEqual([58, 14, 9]);
});

test("an error without a traceback has no place", () => {
  expect(ownFrame(undefined)).toBeNull();
  expect(ownFrame("nonsense")).toBeNull();
});
