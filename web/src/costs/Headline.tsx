import type { Schema } from "../api/client";
import { Money } from "../ui/Money";
import { brief, calls, change, whole } from "./count";
import styles from "./Headline.module.css";

/** What all of it cost, and whether that is more or less than before. */
export function Headline({ totals, period, before }: { totals: Schema<"SumsOut">; period: string; before: string }) {
  return (
    <section className={styles.headline} aria-label={`Costs, ${period}`}>
      <p className={styles.sum}>
        <Money amount={totals.cost} className={styles.number} />
        <span className={styles.change}>
          <Change totals={totals} before={before} />
        </span>
      </p>
      <p className="quiet number">
        {period} · {calls(totals.calls)} ·{" "}
        <span title={`${whole(totals.input_tokens)} tokens`}>{brief(totals.input_tokens)}</span> tokens in
        {totals.cached_tokens > 0 && (
          <>
            {", "}
            <span title={`${whole(totals.cached_tokens)} tokens`}>{brief(totals.cached_tokens)}</span> of them cached
          </>
        )}
        {" · "}
        <span title={`${whole(totals.output_tokens)} tokens`}>{brief(totals.output_tokens)}</span> out
      </p>
    </section>
  );
}

function Change({ totals, before }: { totals: Schema<"SumsOut">; before: string }) {
  if (totals.change_percent === null)
    return <span className="faint">{totals.calls === 0 ? "" : `nothing in ${before} to compare with`}</span>;
  const said = change(totals.change_percent);
  return (
    <>
      <strong className="number">{said ?? "the same"}</strong> {said === null ? "as in" : "against"} {before}{" "}
      <span className="faint">
        (<Money amount={totals.previous.cost} />)
      </span>
    </>
  );
}
