import { useCallback, useEffect, useRef, useState } from "react";
import { type Act, ARMED_MS, type Hold, held, IDLE, step } from "./hold";

/** A press that has to be meant, for a button and for its key: `share` grows from 0 to 1 while it is held. */
export function useHold(confirm: () => void) {
  const [shown, setShown] = useState<{ hold: Hold; share: number }>({ hold: IDLE, share: 0 });
  const hold = useRef<Hold>(IDLE);
  const confirmed = useRef(confirm);
  useEffect(() => {
    confirmed.current = confirm;
  });

  const act = useCallback((kind: Act["kind"]) => {
    const at = performance.now();
    const next = step(hold.current, { kind, at });
    hold.current = next.hold;
    setShown({ hold: next.hold, share: held(next.hold, at) });
    if (next.confirmed) confirmed.current();
  }, []);

  const kind = shown.hold.kind;
  useEffect(() => {
    if (kind === "armed") {
      const timer = setTimeout(() => act("leave"), ARMED_MS);
      return () => clearTimeout(timer);
    }
    if (kind !== "holding") return;
    let frame = requestAnimationFrame(function tick() {
      act("tick");
      frame = requestAnimationFrame(tick);
    });
    const leave = () => act("leave");
    addEventListener("blur", leave);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("blur", leave);
    };
  }, [kind, act]);

  return { kind, share: shown.share, act };
}

export type HoldControl = ReturnType<typeof useHold>;
