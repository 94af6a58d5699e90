import { useEffect, useRef } from "react";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import type { Agent } from "../agent_queries";
import styles from "./Earlier.module.css";
import type { History } from "./useAgentStream";

/** It is fetched before its reader is there. */
const AHEAD = "600px 0px 0px";

/** The way back, above the first line: what came earlier is fetched as its reader comes near. */
export function Earlier({ agent, history }: { agent: Agent; history: History }) {
  const { isAll, loading, failure, more } = history;
  const place = useRef<HTMLDivElement>(null);
  const waits = !isAll && !loading && failure === null;
  useEffect(() => {
    const element = place.current;
    if (!waits || element === null) return;
    // Of the box that scrolls, which the keyboard can reach.
    const root = element.closest("[tabindex]");
    const observer = new IntersectionObserver(([seen]) => seen?.isIntersecting && more(), { root, rootMargin: AHEAD });
    observer.observe(element);
    return () => observer.disconnect();
  }, [waits, more]);
  if (failure !== null) return <Failure reason={failure} retry={more} />;
  if (isAll)
    return (
      <p className={styles.begin}>
        {agent.name} was made <Ago at={agent.created_at} />
      </p>
    );
  return (
    <div ref={place} className={styles.earlier}>
      <Button look="bare" size="small" busy={loading} onClick={more}>
        {loading ? "Fetching what came before" : "What came before"}
      </Button>
    </div>
  );
}
