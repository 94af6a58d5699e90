// The bench's functions for Restate's SDK for Node.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";

// The SDK lives in a temporary directory of the bench's, not beside this file.
const restate = createRequire(process.env.BENCH_NODE_MODULES + "/")("@restatedev/restate-sdk");

const fact = (kind, more = {}) => {
  const line = Object.entries({ kind, at: Date.now() / 1000, ...more }).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
  appendFileSync(process.env.BENCH_FACTS, `{${line.join(", ")}}\n`);
};
const now = () => performance.timeOrigin / 1000 + performance.now() / 1000;
const noop = (i) => ({ i, pad: "x".repeat(80) });
const hour = () => new Promise((done) => setTimeout(done, 3_600_000));

const bench = restate.service({
  name: "bench",
  handlers: {
    chain: async (ctx, { steps }) => {
      for (let i = 0; i < steps; i++) await ctx.run("s", () => noop(i));
    },
    alone: async (ctx, { steps }) => {
      const began = performance.now();
      for (let i = 0; i < steps; i++) await ctx.run("s", () => noop(i));
      fact("alone", { ms: (performance.now() - began) / steps });
    },
    first: async (ctx) => {
      await ctx.run("s", () => fact("first", { at: now() }));
    },
    resume: async (ctx, { steps }) => {
      fact("entered", { at: now() });
      for (let i = 0; i < steps; i++) await ctx.run("s", () => noop(i));
      await ctx.run("hang", async () => {
        fact("reached", { at: now() });
        if (!process.env.BENCH_AGAIN) await hour();
      });
    },
    sleeper: async (ctx, { seconds }) => {
      const began = await ctx.run("start", () => {
        fact("slept");
        return now();
      });
      await ctx.sleep(seconds * 1000);
      fact("woke", { late: now() - began - seconds });
    },
    child: async (ctx, { i }) => ctx.run("s", () => noop(i)),
    parent: async (ctx, { children }) => {
      const calls = Array.from({ length: children }, (_, i) => ctx.serviceClient({ name: "bench" }).child({ i }));
      await restate.RestatePromise.all(calls);
      fact("parent");
    },
  },
});

await restate.serve({ services: [bench], port: Number(process.env.BENCH_PORT) });
console.log("ready");
