import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schema } from "../api/client";
import { may } from "../session";
import { Money } from "../ui/Money";
import { StateGlyph } from "../ui/StateMark";
import { calls } from "./count";
import styles from "./Gaps.module.css";
import { priceOf } from "./queries";

const SHOWN_MAX = 4;

/** What the sum does not say: calls that have no price, calls that nobody answered, and what was saved. */
export function Gaps({ totals, models }: { totals: Schema<"SumsOut">; models: readonly Schema<"GroupOut">[] | undefined }) {
  const unpriced = (models ?? []).filter((model) => model.unpriced > 0 && model.key !== null);
  const rest = unpriced.slice(SHOWN_MAX).reduce((all, model) => all + model.unpriced, 0);
  const prices = useQueries({ queries: unpriced.slice(0, SHOWN_MAX).map((model) => priceOf(model.key as string)) });
  const lines = totals.unpriced + totals.unknown + totals.cached_calls + totals.estimated;
  if (lines === 0) return null;
  return (
    <ul className={styles.gaps} aria-label="What the sum does not say">
      {unpriced.slice(0, SHOWN_MAX).map((model, index) => (
        <Unpriced key={model.key} model={model} price={prices[index]?.data} />
      ))}
      {rest > 0 && (
        <li className={styles.needs}>
          <StateGlyph state="needs" />
          <p>{calls(rest)} of other models have no price either.</p>
        </li>
      )}
      {totals.unknown > 0 && (
        <li>
          <span className={styles.dot} aria-hidden="true">
            ?
          </span>
          <p className="quiet">
            {calls(totals.unknown)} {totals.unknown === 1 ? "was" : "were"} sent and never answered. The provider may have charged{" "}
            {totals.unknown === 1 ? "it" : "them"}; nobody here knows what.
          </p>
        </li>
      )}
      {totals.estimated > 0 && (
        <li>
          <span className={styles.dot} aria-hidden="true">
            ~
          </span>
          <p className="quiet">The tokens of {calls(totals.estimated)} were counted here, since the provider did not say.</p>
        </li>
      )}
      {totals.cached_calls > 0 && (
        <li>
          <StateGlyph state="cached" />
          <p className="quiet">
            <Money amount={totals.saved} /> saved: {calls(totals.cached_calls)} {totals.cached_calls === 1 ? "was" : "were"}{" "}
            answered from an earlier answer.
          </p>
        </li>
      )}
    </ul>
  );
}

function Unpriced({ model, price }: { model: Schema<"GroupOut">; price: Schema<"PriceOut"> | null | undefined }) {
  const priced = price?.input != null;
  return (
    <li className={styles.needs}>
      <StateGlyph state="needs" />
      <p>
        <strong className="number">{calls(model.unpriced)}</strong> of <strong className={styles.model}>{model.key}</strong>{" "}
        {priced ? "had" : model.unpriced === 1 ? "has" : "have"} no price: {model.unpriced === 1 ? "it is" : "they are"} not in
        the sum.
        {priced && " It has one now, for calls from then on."}
      </p>
      {!priced && may("budgets:write") && (
        <Link
          to="."
          search={(held: Record<string, unknown>) => ({ ...held, price: model.key ?? undefined })}
          className={styles.act}
        >
          Set a price
        </Link>
      )}
      {!priced && !may("budgets:write") && <span className="faint">An administrator can set it.</span>}
    </li>
  );
}
