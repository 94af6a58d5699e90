import type { Frame } from "../live/frame";

/** One request that came in, and the line that answers it. */
export type Line = {
  url: string;
  after: number;
  headers: Record<string, string>;
  open: boolean;
  /** Send bytes as they are. */
  bytes: (piece: Uint8Array) => void;
  /** Send a piece of text. */
  write: (text: string) => void;
  send: (...frames: Frame[]) => void;
  /** End it in order, as a server that stops does. */
  end: () => void;
  /** Break it off. */
  cut: () => void;
};

/** A server of one stream, for tests: it holds a log, and answers each request as it is told to. */
export class StreamServer {
  log: Frame[] = [];
  lines: Line[] = [];
  /** How the next requests are answered: with a status, or not at all ("down", "silent"). Without any: with the stream. */
  answers: (number | Response | "down" | "silent")[] = [];

  /** Tell everybody who listens of frames that are new. */
  say(...frames: Frame[]): void {
    this.log.push(...frames);
    for (const line of this.listening) line.send(...frames);
  }

  get listening(): Line[] {
    return this.lines.filter((line) => line.open);
  }

  get newest(): number {
    return this.log.at(-1)?.id ?? 0;
  }

  get line(): Line {
    const line = this.lines.at(-1);
    if (line === undefined) throw new Error("nobody has asked");
    return line;
  }

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    const headers = (init?.headers ?? {}) as Record<string, string>;
    const after = Number(new URL(url, "http://test").searchParams.get("after"));
    const answer = this.answers.shift();
    const line = lineOf(url, after, headers);
    this.lines.push(line);
    if (answer === "down") throw new TypeError("Failed to fetch");
    if (answer instanceof Response) return answer;
    if (typeof answer === "number") return new Response(null, { status: answer });
    const body = openLine(line, init?.signal ?? undefined);
    if (answer !== "silent") {
      line.write(`event: hello\ndata: {"seq": ${this.newest}}\nretry: 2000\n\n`);
      line.send(...this.log.filter((frame) => (frame.id ?? 0) > after));
    }
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

/** A frame as it comes over the wire. */
export function wire({ id, name, data }: Frame): string {
  return `${id === null ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function lineOf(url: string, after: number, headers: Record<string, string>): Line {
  const nothing = () => {};
  return { url, after, headers, open: false, bytes: nothing, write: nothing, send: nothing, end: nothing, cut: nothing };
}

function openLine(line: Line, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      line.open = true;
      const close = (act: () => void) => () => {
        if (!line.open) return;
        line.open = false;
        act();
      };
      line.bytes = (piece) => line.open && controller.enqueue(piece);
      line.write = (text) => line.bytes(encoder.encode(text));
      line.send = (...frames) => {
        for (const frame of frames) line.write(wire(frame));
      };
      line.end = close(() => controller.close());
      line.cut = close(() => controller.error(new TypeError("network error")));
      signal?.addEventListener("abort", () => line.cut());
    },
  });
}
