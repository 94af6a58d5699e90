import { useInfiniteQuery } from "@tanstack/react-query";
import { session } from "../session";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { type BoardFilter, isFiltered, serverFilter } from "./board_filter";
import styles from "./ColumnView.module.css";
import type { Column } from "./card";
import { doneCards } from "./queries";

/** The end of a column of finished cards: how many more there are, and a button that shows them. */
export function OlderCards({
  board,
  column,
  filter,
  shown,
}: {
  board: string;
  column: Column;
  filter: BoardFilter;
  shown: number;
}) {
  const older = useInfiniteQuery(doneCards(board, column.name, serverFilter(filter, session().me.name)));
  if (older.isPending) return <Skeleton lines={3} label={`Loading ${column.name}`} />;
  if (older.isError) return <Failure reason={older.error} retry={() => void older.refetch()} />;
  if (!older.hasNextPage) return null;
  const rest = column.count - shown;
  return (
    <Button
      look="bare"
      size="small"
      className={styles.older}
      busy={older.isFetchingNextPage}
      onClick={() => void older.fetchNextPage()}
    >
      {isFiltered(filter) || rest <= 0 ? "Show older ones" : `Show older ones, ${rest.toLocaleString("en-US")} more`}
    </Button>
  );
}
