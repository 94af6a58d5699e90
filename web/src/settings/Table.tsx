import type { ReactNode } from "react";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import type { Pages } from "../ui/usePages";
import styles from "./Table.module.css";

export type TableColumn<T> = {
  head: string;
  cell: (row: T) => ReactNode;
  /** Numbers and moments stand at the right. */
  align?: "end";
  /** A row without it says less, but enough: it goes first where there is little room. */
  wideOnly?: boolean;
};

type Props<T> = {
  /** What the rows are, for who cannot see the heading above: "API keys". */
  label: string;
  columns: readonly TableColumn<T>[];
  rowKey: (row: T) => string;
  /** Buttons at the end of a row. */
  acts?: (row: T) => ReactNode;
  /** A row that is over or switched off is quieter. */
  isFaint?: (row: T) => boolean;
  empty: ReactNode;
};

/** A short list, as a table; on a narrow page each row is a card. */
export function Table<T>({ label, columns, rowKey, acts, isFaint, empty, rows }: Props<T> & { rows: readonly T[] }) {
  if (rows.length === 0) return empty;
  return (
    <table className={styles.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.head} scope="col" className={classOf(column)}>
              {column.head}
            </th>
          ))}
          {acts !== undefined && (
            <th scope="col">
              <span className="visually-hidden">Acts</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className={isFaint?.(row) ? styles.faint : undefined}>
            {columns.map((column, index) =>
              index === 0 ? (
                <th key={column.head} scope="row" className={styles.main}>
                  {column.cell(row)}
                </th>
              ) : (
                <td key={column.head} className={classOf(column)} data-head={column.head}>
                  <span className={styles.value}>{column.cell(row)}</span>
                </td>
              ),
            )}
            {acts !== undefined && <td className={styles.acts}>{acts(row)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same for a list that comes page by page. */
export function PagedTable<T>({ pages, ...rest }: Props<T> & { pages: Pages<T> }) {
  const { rows, failure, retry, hasMore, loadingMore, more } = pages;
  if (rows === undefined)
    return failure ? (
      <Failure reason={failure} retry={retry} />
    ) : (
      <Skeleton lines={4} label={`Loading ${rest.label.toLowerCase()}`} />
    );
  return (
    <>
      <Table {...rest} rows={rows} />
      {hasMore && (
        <div>
          <Button busy={loadingMore} onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

function classOf<T>(column: TableColumn<T>): string | undefined {
  return [column.align === "end" && styles.end, column.wideOnly && styles.wideOnly].filter(Boolean).join(" ") || undefined;
}
