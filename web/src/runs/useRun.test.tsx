import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import recorded from "./recorded/runs.json";
import { useRun } from "./useRun";

const NAP = recorded.find((one) => one.name === "nap") as (typeof recorded)[number];
const OPEN = { ...NAP.run, state: "sleeping", ended_at: null, seq: 6 };

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A server that knows one run: asleep at number 6, and awake as soon as its stream says so. */
function server() {
  const encoder = new TextEncoder();
  let say: ReadableStreamDefaultController<Uint8Array> | undefined;
  let over = false;
  const asked: string[] = [];
  const json = (body: unknown) => new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const address = new URL(typeof input === "string" ? input : input.url, "http://localhost");
    asked.push(address.pathname + address.search);
    if (address.pathname.endsWith("/stream"))
      return new Response(
        new ReadableStream({
          start(controller) {
            say = controller;
          },
        }),
      );
    if (address.pathname.endsWith("/steps")) {
      const after = Number(address.searchParams.get("after") ?? 0);
      return json({ data: NAP.steps.filter((step) => step.seq > after && (over || step.seq <= 6)) });
    }
    return json(over ? NAP.run : OPEN);
  });
  return {
    asked,
    tell: (from: number) => {
      over = true;
      const frames = NAP.frames.filter((frame) => frame.id > from);
      for (const { id, event, data } of [{ id: null, event: "hello", data: { seq: 11 } }, ...frames])
        say?.enqueue(encoder.encode(`${id === null ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
    },
  };
}

function Around({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>;
}

test("a run is fetched once, followed from there, and whole when it has ended", async () => {
  const { asked, tell } = server();
  const { result } = renderHook(() => useRun(NAP.run.id), { wrapper: Around });
  await waitFor(() => expect(result.current.story?.run.state).toBe("sleeping"));
  expect(result.current.story?.steps.map((step) => step.key)).toEqual(["before"]);
  await waitFor(() => expect(asked.some((address) => address.includes("/stream?after=6"))).toBe(true));

  await act(async () => tell(6));
  await waitFor(() => expect(result.current.story?.run.state).toBe("completed"));
  expect(result.current.story?.steps.map((step) => [step.key, step.state])).toContainEqual(["after", "completed"]);
  await waitFor(() => expect(result.current.story?.run.ended_at).toBe(NAP.run.ended_at));
  expect(result.current.story?.steps.map((step) => step.row?.key)).toEqual(["before", "rest", "after"]);
  expect(asked.filter((address) => address.includes("/stream"))).toHaveLength(1);
});
