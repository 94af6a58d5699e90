import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { memo, useLayoutEffect, useRef } from "react";
import { agentList } from "../agents/queries";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { relative } from "../ui/duration";
import { Money } from "../ui/Money";
import { useNow } from "../ui/now";
import { isState, StateMark } from "../ui/StateMark";
import styles from "./CardView.module.css";
import { CardWaits } from "./CardWaits";
import { assigneeOf, type Card, progressOf } from "./card";
import { Due } from "./Due";
import { type HandStore, useHand } from "./hand";
import { useLastLine } from "./last_lines";
import { PriorityMark } from "./PriorityMark";
import { useTouch } from "./touched";
import { useDraggedCard } from "./useDraggedCard";
import { openQuestions, waitingApprovals } from "./waiting";

type Props = {
  card: Card;
  store: HandStore;
  /** Whether its column is one of category done. */
  done: boolean;
  onMenu: (key: string, anchor: Element) => void;
};

const LABELS_MAX = 3;

/** A card: what it is, who has it, what happens on it now and what it waits for. All of it leads to the task. */
export const CardView = memo(function CardView({ card, store, done, onMenu }: Props) {
  const element = useRef<HTMLElement>(null);
  const chosen = useHand(store, (hand) => hand.chosen.has(card.key));
  const isCursor = useHand(store, (hand) => hand.cursor === card.key);
  const edge = useDraggedCard(element, card, store, done);
  const dragged = useHand(store, (hand) => hand.dragged === card.key);
  const touch = useTouch(card.key);
  const link = useRef<HTMLAnchorElement>(null);

  // A card that was moved is drawn anew elsewhere: the focus goes with it.
  useLayoutEffect(() => {
    const lost = store.within && store.hand.cursor === card.key && document.activeElement === document.body;
    if (store.wanted !== card.key && !lost) return;
    store.wanted = null;
    link.current?.focus();
  }, [store, card.key]);

  const classes = [
    styles.card,
    chosen && styles.chosen,
    dragged && styles.dragged,
    touch && styles.touched,
    card.archived && styles.archived,
  ];
  return (
    <article ref={element} data-card={card.key} className={classes.filter(Boolean).join(" ")} data-edge={edge ?? undefined}>
      <header className={styles.head}>
        <span className={styles.key}>{card.key}</span>
        <PriorityMark priority={card.priority} />
        <span className={styles.gap} />
        <CardState card={card} done={done} />
        {may("tasks:write") && (
          <IconButton
            className={styles.more}
            size="small"
            label={`Acts on ${card.key}`}
            icon={<MoreHorizontal size={16} />}
            tabIndex={isCursor ? 0 : -1}
            onClick={(event) => onMenu(card.key, event.currentTarget)}
          />
        )}
      </header>
      <h3 className={styles.title} dir="auto">
        <Link
          ref={link}
          to="/board/$key"
          params={{ key: card.key }}
          className={styles.link}
          draggable={false}
          data-open
          preload={false}
        >
          {card.title}
        </Link>
        {chosen && <span className="visually-hidden"> (chosen)</span>}
      </h3>
      <CardWaits card={card} />
      <LiveLine card={card} />
      <Facts card={card} />
      <footer className={styles.foot}>
        <Assigned card={card} />
        <span className={styles.gap} />
        {card.due_at !== null && <Due at={card.due_at} done={done} />}
        {card.cost !== "0" && card.run !== null && <Money amount={card.cost} className="quiet" />}
        {card.due_at === null && <Ago at={card.created_at} className={styles.age} />}
      </footer>
      {touch !== undefined && <p className={styles.touch}>moved by {touch.by}</p>}
    </article>
  );
});

function CardState({ card, done }: { card: Card; done: boolean }) {
  if (card.archived) return <StateMark state="archived" />;
  if (card.parked) return <StateMark state="paused" word="parked" />;
  if (!isState(card.state)) return null;
  if (card.state === "running") return <Running run={card.run} />;
  if (card.state === "completed") return <StateMark state="completed" word={done ? "" : "handed in"} />;
  if (card.state === "waiting") return <Waiting card={card} />;
  return <StateMark state={card.state} />;
}

/** It waits; a violet mark where it waits for a person. */
function Waiting({ card }: { card: Card }) {
  const asked = useQuery({ ...waitingApprovals, enabled: may("approvals:read"), select: (waiting) => card.key in waiting });
  const open = useQuery({ ...openQuestions, enabled: may("tasks:read"), select: (questions) => card.key in questions });
  return <StateMark state={asked.data || open.data ? "needs" : "waiting"} word="waiting" />;
}

function Running({ run }: { run: string | null }) {
  const { data: since } = useQuery({
    ...agentList,
    enabled: may("agents:read"),
    select: (agents) => agents.find((agent) => agent.run === run)?.status_reason.since ?? null,
  });
  const now = useNow();
  return <StateMark state="running" detail={since ? relative(since, now).replace(/ ago|just now/, "") : undefined} />;
}

/** What the agent said or did last, while it is at it. */
function LiveLine({ card }: { card: Card }) {
  const line = useLastLine(card.state === "running" ? card.run : null);
  if (line === undefined) return null;
  return (
    <p className={`${styles.live} ${line.kind === "said" ? "" : styles.does}`} title={line.text} dir="auto">
      <span aria-hidden="true">└ </span>
      {line.text}
    </p>
  );
}

function Facts({ card }: { card: Card }) {
  const progress = progressOf(card);
  if (progress === null && card.labels.length === 0) return null;
  const rest = card.labels.length - LABELS_MAX;
  return (
    <div className={styles.facts}>
      {progress !== null && (
        <span className={styles.progress} title={`${progress.done} of ${progress.total} ${progress.of} done`}>
          <span className={styles.track} aria-hidden="true">
            <span className={styles.bar} style={{ width: `${(100 * progress.done) / progress.total}%` }} />
          </span>
          <span className="number">
            {progress.done}/{progress.total}
          </span>
          <span className="visually-hidden"> {progress.of} done</span>
        </span>
      )}
      {card.labels.slice(0, LABELS_MAX).map((label) => (
        <Chip key={label} title={label}>
          <span className="truncate">{label}</span>
        </Chip>
      ))}
      {rest > 0 && <Chip title={card.labels.slice(LABELS_MAX).join(", ")}>+{rest}</Chip>}
    </div>
  );
}

function Assigned({ card }: { card: Card }) {
  const to = assigneeOf(card);
  if (to === null) return <span className="faint">nobody</span>;
  return (
    <span className={styles.who} title={to.name}>
      <Avatar name={to.name} kind={to.kind === "agent" ? "agent" : "person"} size={18} />
      <span className="truncate">{to.name}</span>
    </span>
  );
}
