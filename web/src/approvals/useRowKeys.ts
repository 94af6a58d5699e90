import { useCallback, useEffect, useRef } from "react";
import { useShortcuts } from "../keys/shortcuts";
import type { Approval } from "./approval";

/** j and k go through a list and open what they come to; x chooses it. Returns what puts the focus on a row, once it is drawn. */
export function useRowKeys({
  rows,
  open,
  go,
  toggle,
}: {
  rows: readonly Approval[];
  open: string | undefined;
  /** Opens a row. Without it the keys move the focus alone, and Enter opens. */
  go?: (approval: Approval) => void;
  toggle?: (approval: Approval) => void;
}): (id: string) => void {
  const wanted = useRef<string | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const row = document.querySelector<HTMLElement>(`[data-approval="${wanted.current}"]`);
    if (row === null) return;
    wanted.current = null;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  });
  const shown = rows.some((row) => row.id === open);
  useEffect(() => {
    if (shown) document.querySelector(`[data-approval="${open}"]`)?.scrollIntoView({ block: "nearest" });
  }, [shown, open]);
  const focusRow = useCallback((id: string) => {
    wanted.current = id;
    document.querySelector<HTMLElement>(`[data-approval="${id}"]`)?.focus();
  }, []);

  const current = () => {
    const focused = document.activeElement?.closest<HTMLElement>("[data-approval]")?.dataset.approval;
    const by = go === undefined ? focused : (open ?? focused);
    return rows.findIndex((row) => row.id === by);
  };
  const move = (by: 1 | -1) => {
    const place = current();
    const to = rows[place < 0 ? 0 : place + by];
    if (to === undefined) return;
    go?.(to);
    focusRow(to.id);
  };
  useShortcuts([
    { keys: "j", label: "Next one", group: "Approvals", run: () => move(1) },
    { keys: "k", label: "One before", group: "Approvals", run: () => move(-1) },
    ...(toggle === undefined
      ? []
      : [
          {
            keys: "x",
            label: "Choose it",
            group: "Approvals",
            run: () => {
              const one = rows[current()];
              if (one?.state === "pending") toggle(one);
            },
          },
        ]),
  ]);
  return focusRow;
}
