import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StreamServer, wire } from "../testing/stream_server";
import { Connection, type ConnectionState } from "./connection";
import type { Frame } from "./frame";

let server: StreamServer;
let told: Frame[];
let states: ConnectionState["kind"][];

beforeEach(() => {
  vi.useFakeTimers();
  server = new StreamServer();
  told = [];
  states = [];
});
afterEach(() => void vi.useRealTimers());

const frame = (id: number, name = "log", data: Record<string, unknown> = { n: id }): Frame => ({ id, name, data });
const ids = () => told.map((one) => one.id).filter((id) => id !== null);
const settle = () => vi.advanceTimersByTimeAsync(0);

function follow(options: Partial<ConstructorParameters<typeof Connection>[0]> = {}): Connection {
  const connection = new Connection({
    url: "/v1/stream",
    after: 0,
    onFrame: (one) => told.push(one),
    onState: (state) => states.push(state.kind),
    fetch: server.fetch as typeof fetch,
    chance: () => 1,
    ...options,
  });
  connection.open();
  return connection;
}

test("it asks after the frame that is held, greets, and tells what comes", async () => {
  server.log = [frame(1), frame(2), frame(3)];
  follow({ after: 1 });
  await settle();
  server.say(frame(4));
  await settle();

  expect(server.line.url).toBe("/v1/stream?after=1");
  expect(states).toEqual(["connecting", "live"]);
  expect(told.map((one) => one.name)).toEqual(["hello", "log", "log", "log"]);
  expect(ids()).toEqual([2, 3, 4]);
});

test("an address that has parameters gets one more", async () => {
  follow({ url: "/v1/stream?kinds=task.*", after: 7 });
  await settle();
  expect(server.line.url).toBe("/v1/stream?kinds=task.*&after=7");
});

test("who comes back says from where: the server then leaves out what newcomers are told, and says when it is over", async () => {
  server.log = [frame(1)];
  follow();
  await settle();
  expect(server.line.headers["last-event-id"]).toBeUndefined();
  server.line.cut();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.line.headers["last-event-id"]).toBe("1");
  expect(server.line.after).toBe(1);
});

test("a server that is down is asked after 1, 2, 4, 8, 15 and 15 seconds, and at once again when it was well", async () => {
  server.answers = Array.from({ length: 7 }, () => "down" as const);
  follow();
  const waits: number[] = [];
  for (let wait = 0, asked = 1; waits.length < 6; wait += 500) {
    await vi.advanceTimersByTimeAsync(500);
    if (server.lines.length === asked) continue;
    waits.push(wait + 500);
    [wait, asked] = [-500, server.lines.length];
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);

  await vi.advanceTimersByTimeAsync(15_000);
  server.say(frame(1));
  await settle();
  server.line.cut();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.listening).toHaveLength(1);
});

test("chance takes up to half of each wait away, so that a thousand pages do not come back together", async () => {
  server.answers = ["down"];
  const connection = follow({ chance: () => 0, now: () => 1_000_000 });
  await settle();
  expect(connection.state).toEqual({ kind: "reconnecting", retryAt: 1_000_500 });
  await vi.advanceTimersByTimeAsync(500);
  expect(server.lines).toHaveLength(2);
});

test("a server that greets and hangs up again and again is asked more and more seldom", async () => {
  follow();
  for (let wait = 1_000; wait <= 8_000; wait *= 2) {
    await settle();
    server.line.end();
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(server.listening).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.listening).toHaveLength(1);
  }
});

test("a busy server says itself when to come back", async () => {
  server.answers = [new Response(null, { status: 429, headers: { "retry-after": "7" } })];
  follow();
  await vi.advanceTimersByTimeAsync(6_900);
  expect(server.lines).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(states.at(-1)).toBe("live");
});

test("40 seconds without a word are a dead line, and a heartbeat is a word", async () => {
  follow();
  await settle();
  await vi.advanceTimersByTimeAsync(39_000);
  server.line.write(": heartbeat\n\n");
  await vi.advanceTimersByTimeAsync(39_000);
  expect(server.lines).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(states.at(-1)).toBe("live");
  expect(server.lines).toHaveLength(2);
});

test("a server that takes the request and says nothing is given up too", async () => {
  server.answers = ["silent"];
  follow();
  await vi.advanceTimersByTimeAsync(39_000);
  expect(states).toEqual(["connecting"]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(states).toEqual(["connecting", "reconnecting", "connecting", "live"]);
});

test.each([
  [401, "signed-out"],
  [403, "refused"],
  [404, "refused"],
  [204, "ended"],
] as const)("after a %i nothing is asked any more", async (status, state) => {
  server.answers = [status];
  const connection = follow();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(connection.state.kind).toBe(state);
  expect(server.lines).toHaveLength(1);
});

test.each([408, 429, 500, 502, 503])("after a %i it is asked again", async (status) => {
  server.answers = [status];
  follow();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states).toEqual(["connecting", "reconnecting", "connecting", "live"]);
});

test("who signed in again elsewhere is back at the next look", async () => {
  server.answers = [401];
  const connection = follow();
  await settle();
  connection.hurry();
  await settle();
  expect(connection.state.kind).toBe("live");
});

test("the network that is back is used at once", async () => {
  server.answers = ["down", "down", "down"];
  const connection = follow();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(connection.state.kind).toBe("reconnecting");
  connection.hurry();
  await settle();
  expect(connection.state.kind).toBe("live");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server.lines).toHaveLength(4);
});

test("a network that goes takes its line along at once, however silent that is", async () => {
  server.log = [frame(1)];
  const connection = follow();
  await settle();
  connection.lose();
  expect(connection.state.kind).toBe("reconnecting");
  server.log.push(frame(2));
  await vi.advanceTimersByTimeAsync(1_000);

  expect(states.slice(1)).toEqual(["live", "reconnecting", "connecting", "live"]);
  expect(ids()).toEqual([1, 2]);
  connection.close();
  connection.lose();
  expect(connection.state.kind).toBe("closed");
});

test("who was dropped for being slow comes back by their last frame", async () => {
  server.log = [frame(1)];
  follow();
  await settle();
  server.line.send({ id: null, name: "lagged", data: { seq: 1 } });
  server.line.end();
  server.log.push(frame(2));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told.map((one) => one.name)).toEqual(["hello", "log", "lagged", "hello", "log"]);
  expect(ids()).toEqual([1, 2]);
});

test("a frame that comes twice is told once", async () => {
  server.log = [frame(1), frame(2)];
  follow({ after: 1 });
  await settle();
  server.line.send(frame(1), frame(2), frame(3));
  await settle();
  expect(ids()).toEqual([2, 3]);
});

test("a reset puts it to where the stream goes on, also backwards", async () => {
  const connection = follow({ after: 900 });
  await settle();
  server.line.send({ id: null, name: "reset", data: { seq: 12 } }, frame(13));
  await settle();
  expect(ids()).toEqual([13]);
  expect(connection.last).toBe(13);
});

test("who is too far behind is told to begin anew, and goes on from the newest frame", async () => {
  server.log = Array.from({ length: 40 }, (_, index) => frame(index + 1));
  follow({ after: 3, gapMax: 10 });
  await settle();
  expect(told.filter((one) => one.name === "reset")).toEqual([{ id: null, name: "reset", data: { seq: 40 } }]);
  expect(ids()).toEqual([]);
  server.say(frame(41));
  await settle();
  expect(ids()).toEqual([41]);
  expect(server.listening).toHaveLength(1);
});

test("the last frame ends it: what comes behind is not told, and nothing is asked", async () => {
  server.log = [frame(1), frame(2, "run.completed"), frame(3)];
  const connection = follow({ isLast: (one) => one.name === "run.completed" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.state.kind).toBe("ended");
  expect(ids()).toEqual([1, 2]);
  expect(server.lines).toHaveLength(1);
});

test("a line that is closed while it is read tells nothing more, and the next one goes on where it was", async () => {
  server.log = [frame(1)];
  const connection = follow();
  await settle();
  server.line.send(frame(2));
  connection.close();
  connection.open();
  await settle();
  expect(connection.state.kind).toBe("live");
  server.log.push(frame(2));
  server.line.send(frame(2), frame(3));
  await settle();
  expect(ids()).toEqual([1, 2, 3]);
  expect(server.listening).toHaveLength(1);
});

test("a line that is closed before it is answered stays closed", async () => {
  const connection = follow();
  connection.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.state.kind).toBe("closed");
  expect(server.listening).toHaveLength(0);
});

test("what cannot be read is passed over", async () => {
  follow();
  await settle();
  server.line.write("id: 1\nevent: log\ndata: {broken\n\nid: 2\nevent: log\ndata: 7\n\n");
  server.line.send(frame(3));
  await settle();
  expect(ids()).toEqual([3]);
});

test("however its bytes are cut, the frames are whole", async () => {
  const frames = [
    frame(1, "message.delta", { text: "Ærlig talt 🔨 日本語\n\n\r" }),
    frame(2),
    frame(3, "log", { text: "ë".repeat(40) }),
  ];
  const bytes = new TextEncoder().encode(`: hello there\n\n${frames.map(wire).join("")}`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 30 }), async (cuts) => {
      [server, told] = [new StreamServer(), []];
      const connection = follow();
      await settle();
      let from = 0;
      for (const to of [...cuts.sort((one, other) => one - other), bytes.length]) {
        server.line.bytes(bytes.slice(from, to));
        from = to;
        await settle();
      }
      connection.close();
      expect(told.slice(1)).toEqual(frames);
    }),
    { numRuns: 60 },
  );
});

test("killed at any moment and any number of times, it has told each frame once and in order", async () => {
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.record({ say: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ kill: fc.constantFrom("cut", "end") }) },
    { weight: 1, arbitrary: fc.record({ down: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 3_000 }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      [server, told] = [new StreamServer(), []];
      const connection = follow();
      let next = 1;
      for (const one of acts) {
        if ("say" in one) for (let count = 0; count < one.say; count += 1) server.say(frame(next++));
        else if ("kill" in one) for (const line of server.listening) line[one.kill as "cut" | "end"]();
        else if ("down" in one) server.answers.push(...Array.from({ length: one.down }, () => "down" as const));
        else await vi.advanceTimersByTimeAsync(one.wait);
      }
      await vi.advanceTimersByTimeAsync(90_000);
      connection.close();
      expect(ids()).toEqual(server.log.map((one) => one.id));
    }),
    { numRuns: 60 },
  );
});
