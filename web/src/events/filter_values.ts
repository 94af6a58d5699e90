const PATH = /\bevent\.data((?:\.[A-Za-z_]\w*)+)/g;
const SHOWN_MAX = 60;

/**
 * What the fields that a filter asks about are in this event: "`total` is `420`". Fields that are not there are left out, since the reason
 * itself says so.
 */
export function valuesAsked(reason: string, data: unknown): string[] {
  const paths = [...new Set([...reason.matchAll(PATH)].map((found) => (found[1] ?? "").slice(1)))];
  return paths.flatMap((path) => {
    const value = path.split(".").reduce<unknown>(inside, data);
    return value === undefined ? [] : [`\`${path}\` is \`${shown(value)}\``];
  });
}

function inside(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
