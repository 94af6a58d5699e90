import { absolute } from "../ui/Ago";
import { duration, relative } from "../ui/duration";
import { useNow } from "../ui/now";

const SOON_MS = 3_600_000;

/** When it has to be decided, ticking: "due in 23 h", and by the second in the last hour, or in a list in its last minutes. */
export function Due({ at, brief = false }: { at: string; brief?: boolean }) {
  const soonMs = brief ? 5 * 60_000 : SOON_MS;
  const soon = new Date(at).getTime() - Date.now() < soonMs + 60_000;
  const now = useNow(soon ? 1_000 : 30_000);
  const left = new Date(at).getTime() - now;
  return (
    <time dateTime={at} title={absolute(at)} className="number">
      {left <= 0
        ? "its time is over"
        : `due ${left < soonMs ? `in ${duration(Math.ceil(left / 1_000) * 1_000)}` : relative(at, now)}`}
    </time>
  );
}
