import { ArrowUp } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Run } from "./list_filter";
import styles from "./NewRuns.module.css";

const AT_TOP_PIXELS = 120;

/** "12 new runs", for who reads further down: what comes in never moves what is being read. */
export function NewRuns({ rows }: { rows: readonly Run[] | undefined }) {
  const [seen, setSeen] = useState<string | null>(null);
  const [atTop, setAtTop] = useState(true);
  const newest = rows?.[0]?.id ?? null;
  const top = useRef(atTop);
  useEffect(() => {
    const scroller = document.getElementById("main");
    if (scroller === null) return;
    const look = () => {
      const next = scroller.scrollTop < AT_TOP_PIXELS;
      if (next !== top.current) setAtTop(next);
      top.current = next;
    };
    look();
    scroller.addEventListener("scroll", look, { passive: true });
    return () => scroller.removeEventListener("scroll", look);
  }, []);
  useEffect(() => {
    if (atTop) setSeen(newest);
  }, [atTop, newest]);
  const count = atTop || seen === null ? 0 : (rows?.findIndex((run) => run.id === seen) ?? 0);
  return (
    <div className={styles.place} role="status">
      {count > 0 && (
        <button type="button" className={styles.pill} onClick={() => document.getElementById("main")?.scrollTo({ top: 0 })}>
          <ArrowUp size={14} />
          {count === 1 ? "1 new run" : `${count} new runs`}
        </button>
      )}
    </div>
  );
}
