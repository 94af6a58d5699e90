import { ListFilter, X } from "lucide-react";
import { type Ref, Suspense, useEffect, useRef, useState } from "react";
import { lazyPart } from "../shell/part";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { SearchField } from "../ui/SearchField";
import { Skeleton } from "../ui/Skeleton";
import { type BoardFilter, isFiltered } from "./board_filter";
import styles from "./FilterBar.module.css";
import { priorityWord } from "./PriorityMark";

const FilterChoices = lazyPart(() => import("./FilterChoices").then(({ FilterChoices }) => ({ default: FilterChoices })));

const TYPING_MS = 180;

/** Words to look for, and behind a button whose cards, with which labels and how urgent. What is chosen stands beside it, to be taken back. */
export function FilterBar({
  board,
  filter,
  onChange,
  search,
}: {
  board: string;
  filter: BoardFilter;
  onChange: (part: Partial<BoardFilter>) => void;
  search: Ref<HTMLInputElement>;
}) {
  return (
    <>
      <Words q={filter.q} onChange={(q) => onChange({ q })} ref={search} />
      <Popover
        title="Filter"
        trigger={
          <Button icon={<ListFilter size={14} />} aria-label="Filter">
            Filter
          </Button>
        }
      >
        <Suspense fallback={<Skeleton lines={4} label="Loading the filters" />}>
          <FilterChoices board={board} filter={filter} onChange={onChange} />
        </Suspense>
      </Popover>
    </>
  );
}

function Words({ q, onChange, ref }: { q: string; onChange: (q: string) => void; ref: Ref<HTMLInputElement> }) {
  const [text, setText] = useState(q);
  const told = useRef(q);
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  // The address was changed elsewhere: by a saved filter, or the way back.
  useEffect(() => {
    if (q !== told.current) setText(q);
    told.current = q;
  }, [q]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className={styles.search}>
      <SearchField
        label="Look for words in the cards"
        placeholder="Look for words"
        value={text}
        onChange={setText}
        inputRef={ref}
      />
    </div>
  );
}

/** What the board is narrowed to, each with a button that takes it back. */
export function ChosenFilters({ filter, onChange }: { filter: BoardFilter; onChange: (part: Partial<BoardFilter>) => void }) {
  if (!isFiltered(filter) && !filter.archived) return null;
  const chosen: { words: string; without: Partial<BoardFilter> }[] = [
    ...(filter.saved === null ? [] : [{ words: `filter “${filter.saved}”`, without: { saved: null } }]),
    ...(filter.assignee === null ? [] : [{ words: `assignee: ${filter.assignee}`, without: { assignee: null } }]),
    ...filter.labels.map((label) => ({ words: label, without: { labels: filter.labels.filter((one) => one !== label) } })),
    ...filter.priorities.map((priority) => ({
      words: priorityWord(priority),
      without: { priorities: filter.priorities.filter((one) => one !== priority) },
    })),
    ...(filter.q === "" ? [] : [{ words: `“${filter.q}”`, without: { q: "" } }]),
    ...(filter.archived ? [{ words: "with the archived", without: { archived: false } }] : []),
  ];
  return (
    <ul className={styles.chosen} aria-label="Only these cards">
      {chosen.map(({ words, without }) => (
        <li key={words}>
          <button type="button" className={styles.one} aria-label={`${words}, take back`} onClick={() => onChange(without)}>
            <span className="truncate">{words}</span>
            <X size={12} aria-hidden="true" />
          </button>
        </li>
      ))}
      {chosen.length > 1 && (
        <li>
          <Button
            look="bare"
            size="small"
            onClick={() => onChange({ saved: null, assignee: null, labels: [], priorities: [], q: "", archived: false })}
          >
            Show all
          </Button>
        </li>
      )}
    </ul>
  );
}
