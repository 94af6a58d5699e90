import { useState } from "react";
import type { Question } from "./queries";

/** Questions as they are shown: one that was answered elsewhere stays in its place and says so, until the page is left. */
export function useKept(fresh: readonly Question[] | undefined): readonly Question[] | undefined {
  const [held, setHeld] = useState<{ fresh: readonly Question[] | undefined; shown: readonly Question[] }>({
    fresh: undefined,
    shown: [],
  });
  if (fresh === undefined) return undefined;
  if (held.fresh === fresh) return held.shown;
  const known = new Set(held.shown.map((one) => one.id));
  const shown = [...held.shown, ...fresh.filter((one) => !known.has(one.id))];
  setHeld({ fresh, shown });
  return shown;
}
