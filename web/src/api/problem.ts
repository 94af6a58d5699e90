/** A place in what was sent that is wrong: a JSON pointer (`/title`), and what is wrong with it. */
export type Fault = { pointer?: string; parameter?: string; detail: string };

/** What the API said instead of an answer (RFC 9457), or that it could not be reached: then `status` is 0. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: Fault[];
  readonly requestId: string | null;
  /** Seconds until asking again makes sense, where the server said so. */
  readonly retryAfter: number | null;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    const title = typeof body.title === "string" ? body.title : "The request failed";
    super(typeof body.detail === "string" ? body.detail : title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.errors = Array.isArray(body.errors) ? (body.errors as Fault[]) : [];
    this.requestId = typeof body.request_id === "string" ? body.request_id : null;
    this.retryAfter = retryAfter;
    this.body = body;
  }

  /** What is wrong with one field of the body, by its pointer: `fault("/title")`. */
  fault(pointer: string): string | undefined {
    return this.errors.find((one) => one.pointer === pointer)?.detail;
  }

  /** Its name in the API's own list: "unauthorized", "conflict". */
  get kind(): string {
    return typeof this.body.type === "string" ? (this.body.type.split("#problem-")[1] ?? "") : "";
  }

  /** What the server says can be done about it, where it knows something. */
  get hint(): string | null {
    return typeof this.body.hint === "string" ? this.body.hint : null;
  }

  get isSignedOut(): boolean {
    return this.status === 401 && this.kind !== "sign-in-refused";
  }

  /** The session is over. The server speaks of keys then, which nobody who looks at a page has. */
  static signedOut(body: Record<string, unknown>): Problem {
    return new Problem(401, {
      ...body,
      title: "You are signed out",
      detail: "Nothing that you wrote is lost: sign in again, then do this once more.",
    });
  }

  static unreachable(): Problem {
    return new Problem(0, {
      title: "No connection",
      detail: "The server cannot be reached. Nothing was lost; try again once it is back.",
    });
  }
}
