import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown, Plus } from "lucide-react";
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { may } from "../session";
import { lazyPart } from "../shell/part";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { createTask } from "./acts";
import styles from "./BoardPage.module.css";
import { type BoardFilter, type BoardSearch, isFiltered, readFilter, writeFilter } from "./board_filter";
import { CardMenu } from "./CardMenu";
import { ChosenBar } from "./ChosenBar";
import { Columns } from "./Columns";
import { assigneeOf, assigneeValue, type Card } from "./card";
import { ChosenFilters, FilterBar } from "./FilterBar";
import { HandStore } from "./hand";
import { boardList } from "./queries";
import { SavedFilters } from "./SavedFilters";
import { TeamStrip } from "./TeamStrip";
import { goTo, useBoardKeys } from "./useBoardKeys";
import { useMoves } from "./useMoves";
import { useShown } from "./useShown";

// What is opened by a key or a button comes when it is.
const NewTask = lazyPart(() => import("./NewTask").then(({ NewTask }) => ({ default: NewTask })));
const AssignDialog = lazyPart(() => import("./AssignDialog").then(({ AssignDialog }) => ({ default: AssignDialog })));

const route = getRouteApi("/board");
const FIRST_BOARD = "FF";

/** The board: what is to be done, who is at it, and what waits for whom. */
export function BoardPage() {
  const search: BoardSearch = route.useSearch();
  const board = search.board ?? FIRST_BOARD;
  return <Board key={board} board={board} search={search} />;
}

function Board({ board, search }: { board: string; search: BoardSearch }) {
  const navigate = route.useNavigate();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is text; what it says is read once for each text
  const filter = useMemo(() => readFilter(search), [JSON.stringify(search)]);
  const go = useCallback(
    (part: BoardSearch, replace = true) => void navigate({ search: (held) => ({ ...held, ...part }), replace }),
    [navigate],
  );
  const onFilter = useCallback((part: Partial<BoardFilter>) => go(writeFilter({ ...filter, ...part })), [go, filter]);
  const { view, columns, cards, failure, retry, looking } = useShown(board, filter);
  const [store] = useState(() => new HandStore());
  const move = useMoves(store);
  const [menu, setMenu] = useState<{ key: string; anchor: Element } | null>(null);
  const [assigning, setAssigning] = useState<readonly string[]>([]);
  const words = useRef<HTMLInputElement>(null);
  const onMenu = useCallback(
    (key: string, anchor: Element) => {
      store.change({ cursor: key });
      setMenu({ key, anchor });
    },
    [store],
  );
  const onNew = () => go({ new: "yes" }, false);
  const onNewDone = (key?: string) => {
    go({ new: undefined });
    if (key !== undefined) setTimeout(() => goTo(store, key), 50);
  };
  useBoardKeys({ store, columns, cards, move, search: words, onMenu, onAssign: setAssigning, onNew });
  useEffect(() => () => store.change({ dragged: null }), [store]);

  const count = columns.reduce((sum, column) => sum + column.count, 0);
  const nothing =
    cards !== undefined && count === 0 && !isFiltered(filter) && [...cards.values()].every((list) => list.length === 0);
  return (
    <Page
      wide
      fill
      title={view === undefined || board === FIRST_BOARD ? "Board" : view.name}
      heading={
        <BoardChooser
          board={board}
          onChoose={(next) => void navigate({ search: { board: next === FIRST_BOARD ? undefined : next } })}
        />
      }
      aside={
        <>
          <FilterBar board={board} filter={filter} onChange={onFilter} search={words} />
          <SavedFilters filter={filter} onTake={onFilter} />
          {may("tasks:write") && (
            <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={onNew}>
              New task
            </Button>
          )}
        </>
      }
    >
      <TeamStrip />
      <ChosenFilters filter={filter} onChange={onFilter} />
      {isFiltered(filter) && !looking && cards !== undefined && [...cards.values()].every((list) => list.length === 0) && (
        <p className={styles.none} role="status">
          No card fits this.
        </p>
      )}
      {failure !== null ? (
        <Failure reason={failure} retry={retry} />
      ) : cards === undefined ? (
        <Loading />
      ) : nothing ? (
        <Nothing board={board} />
      ) : (
        <Columns board={board} columns={columns} cards={cards} filter={filter} store={store} move={move} onMenu={onMenu} />
      )}
      <ChosenBar board={board} store={store} columns={columns} move={move} onAssign={setAssigning} />
      <CardMenu
        at={menu}
        onClose={() => setMenu(null)}
        cards={cards ?? new Map()}
        columns={columns}
        store={store}
        move={move}
        onAssign={setAssigning}
      />
      <Suspense>
        {assigning.length > 0 && (
          <AssignDialog keys={assigning} now={assignedNow(assigning, cards)} onClose={() => setAssigning([])} />
        )}
        {search.new !== undefined && may("tasks:write") && (
          <NewTask board={board} onClose={() => onNewDone()} onMade={onNewDone} />
        )}
      </Suspense>
    </Page>
  );
}

function assignedNow(keys: readonly string[], cards: ReadonlyMap<string, readonly Card[]> | undefined): string | null {
  if (keys.length !== 1) return null;
  const card = [...(cards?.values() ?? [])].flat().find((one) => one.key === keys[0]);
  return card === undefined ? null : assigneeValue(assigneeOf(card));
}

/** The name of the board; where there are several, a list to choose from. */
function BoardChooser({ board, onChoose }: { board: string; onChoose: (board: string) => void }) {
  const { data: boards } = useQuery(boardList);
  if (boards === undefined || boards.length < 2) return <>Board</>;
  return (
    <>
      <span className="visually-hidden">Board: </span>
      <span className={styles.chooser}>
        <select aria-label="Board" value={board} onChange={(event) => onChoose(event.target.value)}>
          {boards.map((one) => (
            <option key={one.id} value={one.prefix}>
              {one.name}
            </option>
          ))}
          {!boards.some((one) => one.prefix === board) && <option value={board}>{board}</option>}
        </select>
        <ChevronDown size={16} aria-hidden="true" />
      </span>
    </>
  );
}

function Loading() {
  return (
    <div className={styles.loading}>
      {[5, 3, 4, 2].map((lines) => (
        <div key={lines} className={styles.column}>
          <Skeleton lines={lines} label="Loading the board" />
        </div>
      ))}
    </div>
  );
}

function Nothing({ board }: { board: string }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const sample = () => {
    setBusy(true);
    createTask(client, { board, ...SAMPLE })
      .catch(tell("The sample was not made"))
      .finally(() => setBusy(false));
  };
  return (
    <Empty
      title="Nothing to do here yet"
      command={`flowforge board add "Refund ORD-9218"${board === FIRST_BOARD ? "" : ` --board ${board}`}`}
      action={
        may("tasks:write") ? (
          <Button busy={busy} onClick={sample}>
            Make a sample task
          </Button>
        ) : undefined
      }
    >
      A card is a task for a person or an agent. Give it to an agent and you see here what the agent does, what it costs and what
      it needs from you.
    </Empty>
  );
}

const SAMPLE = {
  title: "Get to know the board",
  description:
    "Move this card with **1** to **5**, or drag it. Press **m** for a menu, **i** to give it to somebody, **Enter** to open it.",
  labels: ["sample"],
  checklist: ["Move this card", "Give it to an agent", "Read what the agent did"],
};
