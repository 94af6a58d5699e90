import { useInfiniteQuery } from "@tanstack/react-query";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { activityWords } from "./activity_words";
import styles from "./TaskActivity.module.css";
import { taskActivity } from "./task_queries";

/** Who changed what, from the first day on. */
export function TaskActivity({ task }: { task: string }) {
  const activity = useInfiniteQuery(taskActivity(task));
  if (activity.isPending) return <Skeleton lines={6} label="Loading the activity" />;
  if (activity.isError) return <Failure reason={activity.error} retry={() => void activity.refetch()} />;
  return (
    <>
      <ol className={styles.list}>
        {activity.data.pages
          .flatMap((page) => page.data)
          .map((entry) => (
            <li key={entry.id} className={styles.entry}>
              <Avatar name={entry.actor} kind={entry.actor_kind === "agent" ? "agent" : "person"} size={18} />
              <p className={styles.words}>
                <strong>{entry.actor}</strong> {activityWords(entry)}
              </p>
              <Ago at={entry.created_at} className="faint" />
            </li>
          ))}
      </ol>
      {activity.hasNextPage && (
        <Button size="small" busy={activity.isFetchingNextPage} onClick={() => void activity.fetchNextPage()}>
          Show what came later
        </Button>
      )}
    </>
  );
}
