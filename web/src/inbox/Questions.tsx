import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { QuestionCard } from "./QuestionCard";
import styles from "./Questions.module.css";
import { openQuestions } from "./queries";
import { useKept } from "./useKept";

/** What agents ask people, answered in place. `at` is the one that an address names, by its id or the end of it. */
export function Questions({ at }: { at?: string }) {
  const { data, error, refetch } = useQuery(openQuestions);
  const shown = useKept(data);
  const list = useRef<HTMLUListElement>(null);
  const named = shown?.find((one) => at !== undefined && one.id.endsWith(at))?.id;
  useEffect(() => {
    if (named === undefined) return;
    const card = list.current?.querySelector<HTMLElement>(`[data-question="${named}"]`);
    card?.scrollIntoView({ block: "nearest" });
    card?.querySelector<HTMLElement>("input, textarea")?.focus();
  }, [named]);
  if (shown === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={5} label="Loading questions" />;
  if (shown.length === 0)
    return (
      <Empty title="No agent asks anything" command="flowforge questions">
        An agent with the tool <code>ask_human</code> asks here when only a person can know, and waits for the answer.
      </Empty>
    );
  return (
    <>
      {at !== undefined && named === undefined && (
        <p className="quiet">The question that you came for is answered or was withdrawn.</p>
      )}
      <ul ref={list} className={styles.list} aria-label="Open questions, oldest first">
        {shown.map((one) => (
          <li key={one.id} data-question={one.id}>
            <QuestionCard question={one} isOpen={data?.some((held) => held.id === one.id) ?? false} />
          </li>
        ))}
      </ul>
    </>
  );
}
