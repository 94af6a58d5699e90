import { relative } from "./duration";
import { useNow } from "./now";

const ABSOLUTE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A moment as "41 s ago", with the date and the local time when the mouse rests on it. */
export function Ago({ at, className }: { at: string | null | undefined; className?: string }) {
  const fresh = at ? Date.now() - new Date(at).getTime() < 120_000 : false;
  const now = useNow(fresh ? 1_000 : 30_000);
  if (!at) return null;
  return (
    <time dateTime={at} title={absolute(at)} className={["number", className].filter(Boolean).join(" ")}>
      {relative(at, now)}
    </time>
  );
}

/** A moment in the reader's zone: "Nov 23, 2026, 10:42:07". */
export function absolute(at: string): string {
  return ABSOLUTE.format(new Date(at));
}
