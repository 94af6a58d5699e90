import { MoreHorizontal } from "lucide-react";
import { useId } from "react";
import { Ago } from "../ui/Ago";
import { Button, IconButton } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { Menu } from "../ui/Menu";
import styles from "./BudgetCard.module.css";
import { BudgetUsers } from "./BudgetUsers";
import { amount, type Budget, beyond, fill, forEach, per, whose } from "./budget";
import { calls } from "./count";
import { Gauge } from "./Gauge";

const STATES = {
  open: null,
  warning: { tone: "live", word: "nearly used up" },
  exceeded: { tone: "failed", word: "used up" },
} as const;

/** One budget: how much of it is used, whose it is, and what follows beyond it. */
export function BudgetCard({
  budget,
  open,
  onOpen,
  onDo,
}: {
  budget: Budget;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** Missing where the reader may not change budgets. */
  onDo?: (act: "change" | "raise" | "delete") => void;
}) {
  const id = useId();
  const each = forEach(budget);
  const level = fill(budget);
  const state = STATES[budget.state];
  return (
    <li className={styles.card} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id} className={`truncate ${styles.name}`} title={budget.name}>
          {budget.name}
        </h2>
        {state !== null && <Chip tone={state.tone}>{state.word}</Chip>}
        {onDo !== undefined && (
          <Menu
            label={`Acts on ${budget.name}`}
            align="end"
            trigger={<IconButton size="small" label={`Acts on ${budget.name}`} icon={<MoreHorizontal size={16} />} />}
            items={[
              { label: "Change…", onSelect: () => onDo("change") },
              {
                label: "Raise…",
                hint: budget.period === "total" ? "Once" : `Only for this ${budget.period}`,
                onSelect: () => onDo("raise"),
              },
              "separator",
              { label: "Delete…", danger: true, onSelect: () => onDo("delete") },
            ]}
          />
        )}
      </header>
      <p className={`${styles.figures} number`}>
        {each ? (
          <>
            <strong>{Math.round(level.used * 100)} %</strong>{" "}
            <span className="quiet">of {amount(budget.amount, budget.unit)} used by the fullest</span>
          </>
        ) : (
          <>
            <strong title={budget.unit === "usd" ? `$${budget.used}` : undefined}>{amount(budget.used, budget.unit)}</strong>{" "}
            <span className="quiet">
              of {amount(budget.amount, budget.unit)}
              {budget.raised !== "0" && ` + ${amount(budget.raised, budget.unit)} raised`}
            </span>
          </>
        )}
      </p>
      <Gauge {...level} warnAt={Number(budget.warn_at)} state={budget.state} />
      <p className={`${styles.facts} quiet`}>
        <span className={styles.whose}>{capital(whose(budget))}</span>, {per(budget.period)}. {beyond(budget.over)}
      </p>
      <p className={`${styles.facts} faint number`}>
        {budget.reserved !== "0" && <>{amount(budget.reserved, budget.unit)} held by calls in flight · </>}
        {each && (
          <>
            {amount(budget.used, budget.unit)} used by all {budget.subjects} of them ·{" "}
          </>
        )}
        {budget.unknown_calls > 0 && <>{calls(budget.unknown_calls)} never answered, not counted · </>}
        {budget.window_start === null ? (
          <>
            since <Ago at={budget.created_at} />
          </>
        ) : (
          <>counts again from 0 {budget.period === "day" ? "at midnight UTC" : "next month"}</>
        )}
      </p>
      {each && (
        <Button size="small" look="bare" className={styles.more} aria-expanded={open} onClick={() => onOpen(!open)}>
          {open ? "Hide who uses it" : "Who uses it"}
        </Button>
      )}
      {each && open && <BudgetUsers budget={budget} />}
    </li>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
