import { afterEach, expect, test, vi } from "vitest";
import { api, ask, setCsrfToken, whenSignedOut } from "./client";
import { Problem } from "./problem";

afterEach(() => {
  vi.unstubAllGlobals();
  setCsrfToken(null);
});

function answers(status: number, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof vi.fn> {
  const asked = vi.fn(
    async (_: Request) =>
      new Response(body === null ? null : JSON.stringify(body), {
        status,
        headers: { "content-type": "application/json", ...headers },
      }),
  );
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("a problem names the field, the request and when to come back", async () => {
  answers(
    429,
    {
      title: "Too many requests",
      detail: "slow down",
      errors: [{ pointer: "/title", detail: "is required" }],
      request_id: "req1",
    },
    { "retry-after": "7" },
  );

  const problem = await ask(api.GET("/v1/me")).catch((reason: unknown) => reason);

  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 429, message: "slow down", requestId: "req1", retryAfter: 7 });
  expect((problem as Problem).fault("/title")).toBe("is required");
});

test("a write carries the session's token and a key of its own, a read neither", async () => {
  setCsrfToken("token");
  const asked = answers(200, {});
  await ask(api.GET("/v1/me"));
  await ask(api.POST("/v1/inbox/read", { body: {} as never }));
  await ask(api.POST("/v1/inbox/read", { body: {} as never }));

  const headers = asked.mock.calls.map(([request]) => (request as Request).headers);
  expect(headers[0]?.get("x-flowforge-csrf")).toBeNull();
  expect(headers[1]?.get("x-flowforge-csrf")).toBe("token");
  expect(headers[1]?.get("idempotency-key")).not.toBe(headers[2]?.get("idempotency-key"));
});

test("who is signed out is told so once it shows", async () => {
  const out = vi.fn();
  whenSignedOut(out);
  answers(401, { title: "Who are you?" });
  await expect(ask(api.GET("/v1/me"))).rejects.toMatchObject({ status: 401, title: "You are signed out" });
  expect(out).toHaveBeenCalledTimes(1);

  answers(401, { type: "/docs#problem-sign-in-refused", detail: "this is not the password" });
  await expect(ask(api.PUT("/v1/account/password", { body: {} as never }))).rejects.toMatchObject({
    message: "this is not the password",
  });
  expect(out).toHaveBeenCalledTimes(1);
});

test("a page that came over plain HTTP, which has no randomUUID, writes too", async () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const asked = answers(200, {});
  await ask(api.POST("/v1/inbox/read", { body: {} as never }));
  const [written] = asked.mock.calls.map(([request]) => request as Request);
  expect(written?.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
});

test("a server that cannot be reached is a problem like any other, and an answer of a proxy too", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  await expect(ask(api.GET("/v1/me"))).rejects.toMatchObject({ status: 0, title: "No connection" });
  vi.stubGlobal(
    "fetch",
    async () => new Response("<html>bad gateway</html>", { status: 502, headers: { "content-type": "text/html" } }),
  );
  await expect(ask(api.GET("/v1/me"))).rejects.toMatchObject({ status: 502, message: "The server answered 502." });
});
