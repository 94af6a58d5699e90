import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { useNow } from "../ui/now";
import { Skeleton } from "../ui/Skeleton";
import type { Pages } from "../ui/usePages";
import { useWide } from "../ui/useWide";
import { Choice } from "./Choice";
import { Gaps } from "./Gaps";
import { Headline } from "./Headline";
import { daysOf, moment, PERIODS, spoken, timeBefore, USUAL } from "./period";
import { type Chosen, type GroupBy, usageAtOnce, usageBy } from "./queries";
import { Ranking } from "./Ranking";
import styles from "./Spending.module.css";
import { Trend } from "./Trend";
import { mondayBefore, weeksUpTo } from "./trend";

export const GROUPS: readonly { value: GroupBy; label: string }[] = [
  { value: "model", label: "Model" },
  { value: "agent", label: "Agent" },
  { value: "function", label: "Function" },
  { value: "task", label: "Task" },
  { value: "run", label: "Run" },
  { value: "provider", label: "Provider" },
  { value: "tenant", label: "Tenant" },
];
/** What the page is narrowed to, as its address says it. */
export const FILTERS = {
  agent: "agent",
  fn: "function",
  model: "model",
  provider: "provider",
  task: "task",
  run: "run",
} as const;

const WEEKS = 8;
const WEEKS_MAX = 26;

export type Asked = { by: GroupBy; since: string; until?: string; filters: { name: keyof typeof FILTERS; value: string }[] };

/** What all of it cost, how that went in the last weeks, and who it was. */
export function Spending({ asked }: { asked: Asked }) {
  const { by, since, until } = asked;
  const navigate = useNavigate();
  const chosen = chosenBy(asked);
  const report = useInfiniteQuery(usageBy(by, chosen));
  const models = useInfiniteQuery(usageBy("model", chosen));
  const wide = useWide(1240);
  const totals = report.data?.pages[0]?.totals;
  const rows = report.data?.pages.flatMap((page) => page.data);
  const pages: Pages<NonNullable<typeof rows>[number]> = {
    rows,
    failure: report.error,
    retry: () => void report.refetch(),
    hasMore: report.hasNextPage,
    loadingMore: report.isFetchingNextPage,
    more: () => void (report.hasNextPage && !report.isFetchingNextPage && report.fetchNextPage()),
  };
  useShortcuts(
    GROUPS.map((group, index) => ({
      keys: String(index + 1),
      label: `By ${group.label.toLowerCase()}`,
      group: "Costs",
      run: () => void navigate({ to: "/costs", search: (held) => ({ ...held, by: group.value }), replace: true }),
    })),
  );

  if (report.error !== null && totals === undefined) return <Failure reason={report.error} retry={() => void report.refetch()} />;
  const nothing = totals?.calls === 0 && totals.previous.calls === 0 && asked.filters.length === 0 && since === USUAL;
  return (
    <div className={styles.spending}>
      {totals === undefined ? (
        <Skeleton lines={3} width={220} label="Loading the costs" />
      ) : (
        <Headline totals={totals} period={spoken(since, until)} before={timeBefore(since, until)} />
      )}
      {totals !== undefined && <Gaps totals={totals} models={models.data?.pages.flatMap((page) => page.data)} />}
      <TrendOf asked={asked} />
      {nothing ? (
        <NothingYet />
      ) : (
        <section className={styles.ranking} aria-label="Where it went">
          <div className={styles.bar}>
            <Choice label="Put together by" name="by" options={GROUPS} current={by} usual="model" />
            {asked.filters.map(({ name, value }) => (
              <Link
                key={name}
                to="."
                search={(held: Record<string, unknown>) => ({ ...held, [name]: undefined })}
                className={styles.filter}
                aria-label={`Not only ${FILTERS[name]} ${value}`}
              >
                <span className="truncate">
                  {FILTERS[name]} <strong>{value}</strong>
                </span>
                <X size={14} />
              </Link>
            ))}
          </div>
          <Ranking by={by} total={totals?.cost ?? null} pages={pages} wide={wide} />
        </section>
      )}
    </div>
  );
}

/** Which calls the page is about, as the API is asked for them. */
export function chosenBy({ since, until, filters }: Asked): Chosen {
  return {
    since: moment(since),
    ...(until === undefined ? {} : { until: moment(until) }),
    ...Object.fromEntries(filters.map(({ name, value }) => [FILTERS[name], value])),
  };
}

function TrendOf({ asked }: { asked: Asked }) {
  const now = useNow(60_000);
  const today = new Date(now).toISOString().slice(0, 10);
  const chosen = daysOf(asked.since, asked.until, now);
  const back = Math.ceil((Date.parse(today) - Date.parse(chosen.first)) / (7 * 86_400_000)) + 1;
  const count = Math.min(Math.max(back, WEEKS), WEEKS_MAX);
  const first = mondayBefore(today, count);
  const days = useQuery(usageAtOnce("day", chosenBy({ ...asked, since: first, until: undefined })));
  if (days.error !== null && days.data === undefined) return <Failure reason={days.error} retry={() => void days.refetch()} />;
  if (days.data === undefined)
    return (
      <div className={styles.wait}>
        <Skeleton lines={2} label="Loading the trend" />
      </div>
    );
  if (days.data.totals.calls === 0) return null;
  return <Trend weeks={weeksUpTo(today, count, days.data.data)} today={today} chosen={chosen} />;
}

function NothingYet() {
  return (
    <Empty
      title="No model was called yet"
      command={'answer = await step.ai("answer", model="gpt-4o", prompt="…")'}
      action={
        may("agents:write") ? (
          <Link to="/agents" search={{ new: "1" }}>
            Make an agent
          </Link>
        ) : undefined
      }
    >
      Each call of a model, by <code>step.ai</code> or by an agent, is put down here with its tokens and what they cost, to the
      last digit.
    </Empty>
  );
}

/** What the choice of a period shows as chosen: none where the address has days of its own. */
export function chosenPeriod({ since, until }: Asked): string | null {
  return until === undefined && PERIODS.some((period) => period.since === since) ? since : null;
}
