import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Browser, Page } from "../testing/browser";
import { StreamServer } from "../testing/stream_server";
import type { ConnectionState } from "./connection";
import type { Frame } from "./frame";
import { TenantStream } from "./tenant_stream";

/** A page of the browser, and what it was told. */
type Shown = {
  stream: TenantStream;
  page: Page;
  frames: Frame[];
  ids: () => (number | null)[];
  state: () => ConnectionState["kind"] | undefined;
  held: number[];
  caughtUp: number[];
};

let server: StreamServer;
let browser: Browser;
let asked: number;

beforeEach(() => {
  vi.useFakeTimers();
  begin();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function begin(): void {
  [server, browser, asked] = [new StreamServer(), new Browser(), 0];
  vi.stubGlobal("navigator", { locks: browser.locks });
  vi.stubGlobal("BroadcastChannel", browser.BroadcastChannel);
}

const frame = (id: number): Frame => ({ id, name: "task.moved", data: { n: id } });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const settle = (ms = 200) => vi.advanceTimersByTimeAsync(ms);

/** What a page asks the server for where it missed something. */
async function catchUp(after: number): Promise<{ frames: Frame[]; reset: boolean; seq: number }> {
  asked += 1;
  if (server.answers.shift() === "down") throw new TypeError("Failed to fetch");
  return { frames: server.log.filter((one) => (one.id ?? 0) > after), reset: false, seq: server.newest };
}

function show(after = server.newest): Shown {
  const page = new Page();
  const frames: Frame[] = [];
  const held: number[] = [];
  const caughtUp: number[] = [];
  let state: ConnectionState | undefined;
  const stream = new TenantStream({
    name: "acme:mira",
    after,
    onFrames: (some) => frames.push(...some),
    onState: (now) => {
      state = now;
    },
    onHeld: (count) => held.push(count),
    onCaughtUp: (count) => caughtUp.push(count),
    catchUp,
    fetch: server.fetch as typeof fetch,
    page: page as unknown as Document,
  });
  stream.start();
  const ids = () => frames.filter((one) => one.name === "task.moved").map((one) => one.id);
  return { stream, page, frames, ids, state: () => state?.kind, held, caughtUp };
}

test("two pages share one line, and both hear everything", async () => {
  const [one, other] = [show(), show()];
  await settle();
  server.say(frame(1), frame(2));
  await settle();

  expect(server.lines).toHaveLength(1);
  expect([one.ids(), other.ids()]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect([one.state(), other.state()]).toEqual(["live", "live"]);
});

test("a page that is opened later learns that the stream is live, and hears what it missed in between", async () => {
  show();
  await settle();
  const after = server.newest;
  server.say(frame(1), frame(2));
  await settle();
  const late = show(after); // its first answer was from before these
  await settle();

  expect(late.state()).toBe("live");
  expect(late.ids()).toEqual([1, 2]);
  expect(server.lines).toHaveLength(1);
});

test("when the page that listens goes, the other goes on from its last frame", async () => {
  const [one, other] = [show(), show()];
  await settle();
  server.say(frame(1));
  await settle();
  one.stream.stop();
  server.say(frame(2));
  await settle();
  server.say(frame(3));
  await settle();

  expect(server.listening).toHaveLength(1);
  expect(server.line.after).toBe(1);
  expect(other.ids()).toEqual([1, 2, 3]);
  expect(other.state()).toBe("live");
});

test("a page that nobody looks at for five minutes lets go, and another takes over without a loss", async () => {
  const [one, other] = [show(), show()];
  await settle();
  one.page.hide();
  await settle(4 * 60_000);
  server.say(frame(1));
  await settle();
  await settle(61_000);
  server.say(frame(2));
  await settle();

  expect(server.listening).toHaveLength(1);
  expect(other.ids()).toEqual([1, 2]);
  expect(one.ids()).toEqual([1, 2]); // the other page tells it
});

test("the only page, hidden for long, asks nothing; looked at again it is told what it missed", async () => {
  const one = show();
  await settle();
  one.page.hide();
  await settle(5 * 60_000 + 1_000);
  const lines = server.lines.length;
  expect(server.listening).toHaveLength(0);
  expect(one.state()).toBe("closed");
  server.say(frame(1), frame(2));
  await settle(60 * 60_000);
  expect(server.lines).toHaveLength(lines);

  one.page.look();
  await settle();
  expect(one.ids()).toEqual([1, 2]);
  expect(one.caughtUp).toEqual([2]);
  expect(one.state()).toBe("live");
});

test("looked at again in time, the line is kept", async () => {
  const one = show();
  await settle();
  one.page.hide();
  await settle(10_000);
  one.page.look();
  await settle(10_000);
  expect(server.lines).toHaveLength(1);
});

test("a page whose messages were lost, because it was frozen, notices at the next one and asks for what lies between", async () => {
  const [one, other] = [show(), show()];
  await settle();
  browser.deliver = false;
  server.say(frame(1), frame(2), frame(3));
  await settle();
  browser.lose();
  browser.deliver = true;
  expect(other.ids()).toEqual([]);
  server.say(frame(4));
  await settle();

  expect(one.ids()).toEqual([1, 2, 3, 4]);
  expect(other.ids()).toEqual([1, 2, 3, 4]);
  expect(asked).toBe(1);
  expect(other.caughtUp).toEqual([4]);
});

test("a page that was frozen asks as soon as somebody looks", async () => {
  const [, other] = [show(), show()];
  await settle();
  browser.deliver = false;
  server.say(frame(1), frame(2));
  await settle();
  browser.lose();
  browser.deliver = true;
  other.page.look();
  await settle();
  expect(other.ids()).toEqual([1, 2]);
});

test("messages that come in another order are told in order", async () => {
  const [, other] = [show(), show()];
  await settle();
  browser.deliver = false;
  server.say(frame(1), frame(2), frame(3));
  await settle();
  browser.deliver = true;
  browser.release((acts) => acts.reverse());
  await settle();
  expect(other.ids()).toEqual([1, 2, 3]);
});

test("a page that is looked at makes the one that listens come back at once, though nobody looks there", async () => {
  const [one, other] = [show(), show()];
  await settle();
  one.page.hide();
  server.answers = ["down", "down", "down"];
  server.line.cut();
  await settle(3_000);
  expect(other.state()).toBe("reconnecting");
  server.answers = [];
  other.page.look();
  await settle();
  expect([one.state(), other.state()]).toEqual(["live", "live"]);
});

test("a catching up that fails is tried again, more and more seldom, and for no longer than it is needed", async () => {
  const [, other] = [show(), show()];
  await settle();
  browser.deliver = false;
  server.say(frame(1));
  await settle();
  browser.lose();
  browser.deliver = true;
  server.answers = ["down", "down"];
  server.say(frame(2));
  await settle();
  expect(other.ids()).toEqual([]);
  await settle(2_000);
  await settle(4_000);
  expect(asked).toBe(3);
  expect(other.ids()).toEqual([1, 2]);
  await settle(60_000);
  expect(asked).toBe(3);
});

test("what had been missed while the server was away is counted, on every page", async () => {
  const [one, other] = [show(), show()];
  await settle();
  server.line.cut();
  server.log.push(frame(1), frame(2), frame(3));
  await settle(1_000);
  server.say(frame(4));
  await settle();
  expect(one.caughtUp).toEqual([3]);
  expect(other.caughtUp).toEqual([3]);
});

test("a reset reaches every page, and all go on from there", async () => {
  const [one, other] = [show(100), show(100)];
  await settle();
  server.line.send({ id: null, name: "reset", data: { seq: 5 } });
  server.say(frame(6));
  await settle();
  for (const page of [one, other]) {
    expect(page.frames.map((some) => some.name).filter((name) => name !== "hello")).toEqual(["reset", "task.moved"]);
    expect(page.ids()).toEqual([6]);
  }
});

test("a screen that is held still counts what comes, and shows it when it goes on", async () => {
  const one = show();
  await settle();
  one.stream.pause();
  server.say(frame(1), frame(2));
  await settle();
  server.line.cut();
  server.log.push(frame(3));
  await settle(1_500);
  expect(one.ids()).toEqual([]);
  expect(one.held.at(-1)).toBe(3);
  one.stream.resume();
  expect(one.ids()).toEqual([1, 2, 3]);
});

test("a screen that is held still for a very long time fetches what it shows anew instead of holding it all", async () => {
  const one = show();
  await settle();
  one.stream.pause();
  server.say(...range(1, 6_000).map(frame));
  await settle();
  one.stream.resume();
  expect(one.frames.at(-1)).toEqual({ id: null, name: "reset", data: { seq: 6_000 } });
  expect(one.ids()).toEqual([]);
  expect(one.held.at(-1)).toBeGreaterThanOrEqual(6_000);
});

test("where the browser has no locks each page listens for itself", async () => {
  vi.stubGlobal("navigator", {});
  const [one, other] = [show(), show()];
  await settle();
  server.say(frame(1));
  await settle();
  expect(server.lines).toHaveLength(2);
  expect([one.ids(), other.ids()]).toEqual([[1], [1]]);
});

test("whatever pages come, go, freeze and hide, and however often the server dies, each that is left has heard everything once, in order", async () => {
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ say: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.constant({ open: true }) },
    { weight: 2, arbitrary: fc.record({ close: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ hide: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ look: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kill: fc.constant(true) }) },
    { weight: 1, arbitrary: fc.constant({ freeze: true }) },
    { weight: 1, arbitrary: fc.constant({ shuffle: true }) },
    { weight: 3, arbitrary: fc.record({ wait: fc.constantFrom(0, 20, 500, 3_000, 400_000) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      begin();
      let next = 1;
      const pages: (Shown & { from: number })[] = [{ ...show(), from: 0 }];
      const pick = (place: number) => pages[place % Math.max(1, pages.length)];
      for (const one of acts) {
        if ("say" in one) for (let count = 0; count < one.say; count += 1) server.say(frame(next++));
        else if ("open" in one && pages.length < 4) pages.push({ from: server.newest, ...show() });
        else if ("close" in one && pages.length > 1) pages.splice(one.close % pages.length, 1)[0]?.stream.stop();
        else if ("hide" in one) pick(one.hide)?.page.hide();
        else if ("look" in one) pick(one.look)?.page.look();
        else if ("kill" in one) for (const line of server.listening) line.cut();
        else if ("freeze" in one) browser.deliver = false;
        else if ("shuffle" in one) {
          browser.deliver = true;
          browser.release((held) => (held.length % 2 === 0 ? held.reverse() : []));
        } else if ("wait" in one) await settle(one.wait);
      }
      browser.deliver = true;
      browser.lose();
      for (const one of pages) one.page.look();
      server.say(frame(next++));
      await settle(35_000);
      for (const one of pages) expect(one.ids()).toEqual(range(one.from + 1, server.newest));
      expect(server.listening).toHaveLength(1);
      for (const one of pages) one.stream.stop();
    }),
    { numRuns: 120 },
  );
}, 20_000);
