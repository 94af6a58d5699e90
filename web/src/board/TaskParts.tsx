import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "../api/client";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Money } from "../ui/Money";
import { Skeleton } from "../ui/Skeleton";
import { isState, StateGlyph, stateWord } from "../ui/StateMark";
import { assigneeOf } from "./card";
import { NewTask } from "./NewTask";
import { Section } from "./Section";
import styles from "./TaskParts.module.css";
import { type Task, taskTree } from "./task_queries";

type TreeCard = Schema<"TreeCardOut">;

/** The tasks below this one, down to the last: who has which, how far it is, what it costs with all below. */
export function TaskParts({ task }: { task: Task }) {
  const [making, setMaking] = useState(false);
  const { data, error, refetch } = useQuery({ ...taskTree(task.key), enabled: task.children.total > 0 || task.run !== null });
  const parts = data?.root.children ?? [];
  if (task.children.total === 0 && parts.length === 0 && !may("tasks:write")) return null;
  return (
    <Section
      title={
        <>
          Parts
          {task.children.total > 0 && (
            <span className="number faint">
              {task.children.done}/{task.children.total} done
            </span>
          )}
        </>
      }
      aside={
        may("tasks:write") && (
          <Button size="small" look="bare" onClick={() => setMaking(true)}>
            Add a part
          </Button>
        )
      }
    >
      {task.children.total > 0 &&
        data === undefined &&
        (error !== null ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={2} label="Loading the parts" />
        ))}
      {parts.length > 0 && <Branch cards={parts} />}
      {data?.truncated && <p className="quiet">There are more than are shown here.</p>}
      {making && (
        <NewTask board={task.board} parent={task.key} onClose={() => setMaking(false)} onMade={() => setMaking(false)} />
      )}
    </Section>
  );
}

function Branch({ cards }: { cards: readonly TreeCard[] }) {
  return (
    <ul className={styles.branch}>
      {cards.map((card) => (
        <li key={card.key}>
          <Part card={card} />
          {card.children.length > 0 && <Branch cards={card.children} />}
        </li>
      ))}
    </ul>
  );
}

function Part({ card }: { card: TreeCard }) {
  const to = assigneeOf(card);
  const state = card.runs.at(-1)?.state;
  return (
    <div className={styles.part}>
      <span className={styles.key}>{card.key}</span>
      {isState(state) && (
        <>
          <StateGlyph state={state} />
          <span className="visually-hidden">{stateWord(state)}</span>
        </>
      )}
      <Link to="/board/$key" params={{ key: card.key }} className={styles.title} dir="auto" title={card.title}>
        {card.title}
      </Link>
      {to !== null && (
        <span className={styles.who} title={to.name}>
          <Avatar name={to.name} kind={to.kind === "agent" ? "agent" : "person"} size={18} />
          <span className="visually-hidden">{to.name}</span>
        </span>
      )}
      <span className={styles.column}>{card.column}</span>
      {card.cost !== "0" && <Money amount={card.cost} className="quiet" />}
      {card.children.length > 0 && card.cost_below !== "0" && (
        <span className="faint">
          + <Money amount={card.cost_below} /> below
        </span>
      )}
    </div>
  );
}
