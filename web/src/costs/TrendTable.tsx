import { Money } from "../ui/Money";
import { whole } from "./count";
import styles from "./TrendTable.module.css";
import type { Week } from "./trend";

const WEEK = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** The trend as a table, for whoever would rather read it: the newest week first, each with its days. */
export function TrendTable({ weeks }: { weeks: readonly Week[] }) {
  return (
    <details className={styles.details}>
      <summary>As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section className={styles.scroll} aria-label="Costs by day" tabIndex={0}>
        <table className={`${styles.table} number`}>
          <thead>
            <tr>
              <th scope="col">Day (UTC)</th>
              <th scope="col">Cost</th>
              <th scope="col">Calls</th>
              <th scope="col">Unpriced</th>
            </tr>
          </thead>
          {[...weeks].reverse().map((week) => (
            <tbody key={week.begin}>
              <tr className={styles.week}>
                <th scope="rowgroup">Week of {WEEK.format(new Date(week.begin))}</th>
                <td>
                  <Money amount={week.cost} />
                </td>
                <td>{whole(week.calls)}</td>
                <td>{whole(week.unpriced)}</td>
              </tr>
              {[...week.days].reverse().map((day) => (
                <tr key={day.begin}>
                  <th scope="row">{DAY.format(new Date(day.begin))}</th>
                  <td>
                    <Money amount={day.cost} />
                  </td>
                  <td>{whole(day.calls)}</td>
                  <td>{whole(day.unpriced)}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </section>
    </details>
  );
}
