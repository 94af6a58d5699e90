import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Choice } from "../../costs/Choice";
import { Headline } from "../../costs/Headline";
import { daysOf, PERIODS, spoken, timeBefore, USUAL } from "../../costs/period";
import { type GroupBy, usageAtOnce, usageBy } from "../../costs/queries";
import { Ranking } from "../../costs/Ranking";
import { Trend } from "../../costs/Trend";
import { mondayBefore, weeksUpTo } from "../../costs/trend";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { useNow } from "../../ui/now";
import { Skeleton } from "../../ui/Skeleton";
import { useWide } from "../../ui/useWide";
import type { Agent } from "../agent_queries";
import styles from "./CostsTab.module.css";

const route = getRouteApi("/agents/$name");
const GROUPS: readonly { value: GroupBy; label: string }[] = [
  { value: "model", label: "Model" },
  { value: "task", label: "Task" },
  { value: "run", label: "Run" },
];
const WEEKS = 8;

/** What the agent has cost, how that went, and on what it was spent. */
export default function CostsTab({ agent }: { agent: Agent }) {
  const search = route.useSearch();
  const since = PERIODS.find((period) => period.since === search.since)?.since ?? USUAL;
  const by = GROUPS.find((group) => group.value === search.by)?.value ?? "model";
  const report = useInfiniteQuery(usageBy(by, { since, agent: agent.name }));
  const wide = useWide(1240);
  const totals = report.data?.pages[0]?.totals;
  const within = { agent: agent.name };
  if (report.error !== null && totals === undefined) return <Failure reason={report.error} retry={() => void report.refetch()} />;
  return (
    <div className={styles.costs}>
      <div className={styles.top}>
        {totals === undefined ? (
          <Skeleton lines={2} width={220} label="Loading its costs" />
        ) : (
          <Headline totals={totals} period={spoken(since)} before={timeBefore(since)} />
        )}
        <div className={styles.choices}>
          <Choice
            label="Time"
            name="since"
            options={PERIODS.map((period) => ({ value: period.since, label: period.label, title: period.title }))}
            current={since}
            usual={USUAL}
          />
          <Link to="/costs" search={{ ...within, since }}>
            In all costs
          </Link>
        </div>
      </div>
      <TrendOf agent={agent.name} since={since} within={within} />
      <section className={styles.ranking} aria-label="Where it went">
        <Choice label="Put together by" name="by" options={GROUPS} current={by} usual="model" />
        {totals?.calls === 0 ? (
          <Empty title={`No model was called by ${agent.name} in this time`}>
            Each of its calls is put down here with its tokens and what they cost.
          </Empty>
        ) : (
          <Ranking
            by={by}
            total={totals?.cost ?? null}
            wide={wide}
            within={within}
            pages={{
              rows: report.data?.pages.flatMap((page) => page.data),
              failure: report.error,
              retry: () => void report.refetch(),
              hasMore: report.hasNextPage,
              loadingMore: report.isFetchingNextPage,
              more: () => void (report.hasNextPage && !report.isFetchingNextPage && report.fetchNextPage()),
            }}
          />
        )}
      </section>
    </div>
  );
}

function TrendOf({ agent, since, within }: { agent: string; since: string; within: Record<string, string> }) {
  const now = useNow(60_000);
  const today = new Date(now).toISOString().slice(0, 10);
  const days = useQuery(usageAtOnce("day", { since: `${mondayBefore(today, WEEKS)}T00:00:00Z`, agent }));
  if (days.error !== null && days.data === undefined) return <Failure reason={days.error} retry={() => void days.refetch()} />;
  if (days.data === undefined)
    return (
      <div className={styles.wait}>
        <Skeleton lines={2} label="Loading the trend" />
      </div>
    );
  if (days.data.totals.calls === 0) return null;
  return (
    <Trend weeks={weeksUpTo(today, WEEKS, days.data.data)} today={today} chosen={daysOf(since, undefined, now)} within={within} />
  );
}
