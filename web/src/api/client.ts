import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { components, paths } from "./schema";

/** A type of the API's own document: `Schema<"TaskOut">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

const SAFE = new Set(["GET", "HEAD"]);
let csrfToken: string | null = null;
let onSignedOut: () => void = () => {};

/** What a session's cookie needs beside it to write; null where there is no session (open on this machine). */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Called whenever the server no longer knows who is asking. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** Headers of a write: proof that our page sent it, and a key under which a repeat is no second act. */
export function writeHeaders(): Record<string, string> {
  return { "idempotency-key": newKey(), ...(csrfToken === null ? {} : { "x-flowforge-csrf": csrfToken }) };
}

/** Under which a repeat is no second act. `crypto.randomUUID` is missing where the page came over plain HTTP from another machine. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const writes: Middleware = {
  onRequest({ request }) {
    if (SAFE.has(request.method)) return;
    for (const [name, value] of Object.entries(writeHeaders())) if (!request.headers.has(name)) request.headers.set(name, value);
  },
};

/** Every route of the API, typed: `api.GET("/v1/runs", { params: { query: { state: "failed" } } })`. Wrap it in `ask`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  querySerializer: { array: { style: "form", explode: true } },
  fetch: (request) => globalThis.fetch(request), // the one that is there when it is asked: tests put another in its place
});
api.use(writes);

type Answered<T> = { data?: T; error?: unknown; response: Response };

/**
 * The answer of a request, or a Problem thrown. Where the answer has no body it is undefined.
 *
 *     const run = await ask(api.GET("/v1/runs/{run_id}", { params: { path: { run_id } } }));
 */
export async function ask<T>(request: Promise<Answered<T>>): Promise<T> {
  const answer = await request.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw Problem.unreachable();
  });
  if (answer.response.ok) return answer.data as T;
  throw failed(answer.response, answer.error);
}

function failed(response: Response, body: unknown): Problem {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const said = body !== null && typeof body === "object" ? (body as Record<string, unknown>) : {};
  const problem = new Problem(
    response.status,
    { detail: `The server answered ${response.status}.`, ...said },
    Number.isFinite(seconds) ? seconds : null,
  );
  // A password that is asked for once more and is wrong is 401 too, and ends nothing.
  if (problem.status !== 401 || problem.kind === "sign-in-refused") return problem;
  onSignedOut();
  return Problem.signedOut(said);
}
