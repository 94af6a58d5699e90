/** The part of an address behind `?`, in short readable words: `?state=failed&since=24h`. Nothing is JSON, everything is text. */
export type Search = Record<string, string | undefined>;

export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

export function writeSearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%40", "@");
  return text === "" ? "" : `?${text}`;
}

/** What a page reads of its address, all of it text: `readSearch("state", "since")` drops what the page does not know. */
export function readSearch<const Names extends readonly string[]>(...names: Names) {
  return (search: Record<string, unknown>): { [Name in Names[number]]?: string } => {
    const read: Record<string, string> = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "string" && value !== "") read[name] = value;
    }
    return read as { [Name in Names[number]]?: string };
  };
}
