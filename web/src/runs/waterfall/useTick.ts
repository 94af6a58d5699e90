import { useEffect, useState } from "react";

/** The time, every so often while something goes on and somebody looks. It stands still where nothing does. */
export function useTick(going: boolean, everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!going) return;
    const tick = () => document.visibilityState === "visible" && setNow(Date.now());
    tick();
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }, [going, everyMs]);
  return now;
}
