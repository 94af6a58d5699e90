import { every, span } from "./span";

type Declared = Record<string, unknown>;
/** One thing that a function asks of flow control. `said`: what a machine reads stands between backticks in it. */
export type FlowWord = { name: string; said: string };

/** What a function asks of flow control, in words, in the order in which it acts. */
export function flowWords(flow: Declared): FlowWord[] {
  const words: FlowWord[] = [];
  const put = (name: string, value: unknown, said: (one: Declared) => string) => {
    for (const one of Array.isArray(value) ? value : value === undefined || value === null ? [] : [value])
      words.push({ name, said: said(typeof one === "object" && one !== null ? (one as Declared) : { value: one }) });
  };
  put("Idempotency", flow.idempotency, (one) => `one run for each ${code(one.key)} within ${span(one.window)}`);
  put("Rate", flow.rate, (one) => `at most ${starts(one)}${keyed(one)}; what is over it is skipped`);
  put("Debounce", flow.debounce, debounce);
  put(
    "Batch",
    flow.batch,
    (one) => `one run for up to ${one.size} events, or for those of ${span(one.timeout)} after the first${keyed(one)}`,
  );
  put("Singleton", flow.singleton, (one) =>
    one.mode === "cancel"
      ? `one run at a time${keyed(one)}; a new one cancels the older`
      : `one run at a time${keyed(one)}; what comes meanwhile is skipped`,
  );
  put("Concurrency", flow.concurrency, concurrency);
  put("Throttle", flow.throttle, throttle);
  put("Steps", flow.step_limits, stepLimit);
  put("Priority", flow.priority, (one) => priority(one.value));
  put("Start within", flow.start_timeout, (one) => `${span(one.value)}, or it is cancelled`);
  put("Finish within", flow.timeout, (one) => `${span(one.value)} of its start, or it is cancelled`);
  put("Cancelled by", flow.cancel_on, cancelledBy);
  return words;
}

function concurrency(one: Declared): string {
  if (typeof one.name === "string") {
    const whose = one.scope === "tenant" ? " for each tenant" : "";
    return `${one.concurrency} at once under the shared limit ${code(one.name)}${keyed(one)}${whose}`;
  }
  return `${one.limit} at once${keyed(one)}${one.scope === "tenant" ? " for each tenant" : ""}`;
}

function throttle(one: Declared): string {
  const burst = Number(one.burst ?? 1);
  const together = burst > 1 ? `, up to ${burst} of them together` : "";
  return `${starts(one)}, spread out${together}${keyed(one)}; what is too early waits`;
}

function starts({ limit, period }: Declared): string {
  return limit === 1 ? `one start every ${every(period)}` : `${limit} starts every ${every(period)}`;
}

function debounce(one: Declared): string {
  const cap = one.cap === undefined ? "" : `, after ${span(one.cap)} in any case`;
  return `one run with the last event, once none has come for ${span(one.period)}${cap}${keyed(one)}`;
}

function stepLimit(one: Declared): string {
  const pair = Object.values(one);
  const [kind, limit] = (Array.isArray(one.value) ? one.value : pair) as [unknown, Declared | undefined];
  return `steps of the kind ${code(kind)}: ${limit?.concurrency} at once under ${code(limit?.name)}`;
}

function priority(value: unknown): string {
  if (typeof value === "string") return `by ${code(value)}`;
  const size = Number(value);
  if (size === 0) return "as the others";
  return `${size > 0 ? "sooner" : "later"} than the tenant's other runs (${size > 0 ? "+" : "−"}${Math.abs(size)})`;
}

function cancelledBy(one: Declared): string {
  const match = one.match === undefined ? "" : ` with the same ${code(one.match)}`;
  const filter = one.if_ === undefined ? "" : ` if ${code(one.if_)}`;
  const within = one.timeout === undefined ? "" : `, within ${span(one.timeout)} of its start`;
  return `the event ${code(one.event)}${match}${filter}${within}`;
}

function keyed(one: Declared): string {
  return typeof one.key === "string" ? ` for each ${code(one.key)}` : "";
}

function code(value: unknown): string {
  return `\`${value}\``;
}
