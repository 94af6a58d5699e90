import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { Schema } from "../api/client";
import { may } from "../session";
import { Button } from "../ui/Button";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { TextField } from "../ui/Field";
import styles from "./Prices.module.css";
import { perMillion, source } from "./price";
import { ownPrices, priceOf, usageBy } from "./queries";

type Price = Schema<"PriceOut">;

const SHOWN_MAX = 24;
const SINCE = "30d";

/** What the models that are used here cost, and whose price that is. */
export function Prices() {
  const navigate = useNavigate();
  const own = useQuery(ownPrices);
  const usage = useInfiniteQuery(usageBy("model", { since: SINCE }));
  const used = usage.data?.pages[0]?.data.flatMap((row) => (row.key === null ? [] : [row.key]));
  const names = used && [...new Set([...used.slice(0, SHOWN_MAX), ...(own.data ?? []).map((price) => price.model)])];
  const prices = useQueries({ queries: (names ?? []).map((name) => priceOf(name)) });
  const answered = names !== undefined && own.data !== undefined && prices.every((price) => price.data !== undefined);
  const open = (model: string) => void navigate({ to: "/costs", search: (held) => ({ ...held, price: model }) });
  const failed = usage.error ?? own.error ?? prices.find((price) => price.error !== null)?.error ?? null;
  const retry = () => {
    for (const query of [usage, own, ...prices]) if (query.error !== null) void query.refetch();
  };
  return (
    <section className={styles.prices} aria-label="Prices">
      <p className="quiet">
        US dollars for a million tokens. What is set here goes before an app's prices.toml, and that before the table that comes
        with LiteLLM. A new price holds for calls from then on.
      </p>
      <Lookup onFind={open} />
      <DataList
        label="Prices"
        columns={COLUMNS}
        rows={answered ? prices.flatMap((price) => price.data ?? []) : undefined}
        rowKey={(price) => price.model}
        onOpen={may("budgets:write") ? (price) => open(price.model) : undefined}
        empty={<p className="quiet">No model was called in the last 30 days, and no price was set. Look one up above.</p>}
        failure={failed}
        retry={retry}
        hasMore={false}
        loadingMore={false}
        more={() => {}}
      />
    </section>
  );
}

/** Any model's price, also of one that was never called. */
function Lookup({ onFind }: { onFind: (model: string) => void }) {
  const [model, setModel] = useState("");
  const find = (event: FormEvent) => {
    event.preventDefault();
    if (model.trim() !== "") onFind(model.trim());
  };
  return (
    <form className={styles.lookup} onSubmit={find}>
      <TextField
        label="A model's name"
        labelHidden
        placeholder="A model's name: my-provider/my-model"
        value={model}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setModel(event.target.value)}
      />
      <Button type="submit">{may("budgets:write") ? "Look up or set" : "Look up"}</Button>
    </form>
  );
}

const COLUMNS: Column<Price>[] = [
  { name: "model", head: "Model", width: "minmax(120px, 2fr)", main: true, cell: (price) => price.model },
  {
    name: "source",
    head: "Whose price",
    width: "minmax(96px, 1fr)",
    cell: (price) => <span className={price.source === null ? styles.none : "quiet"}>{source(price)}</span>,
  },
  rate("input", "Input"),
  rate("output", "Output"),
  rate("cached", "Cached"),
];

function rate(field: "input" | "output" | "cached", head: string): Column<Price> {
  return {
    name: field,
    head,
    width: "72px",
    align: "end",
    cell: (price) =>
      price[field] === null ? (
        <span className="faint">–</span>
      ) : (
        <span className="number">
          {perMillion(price[field])}
          <OnCard> {head.toLowerCase()}</OnCard>
        </span>
      ),
  };
}
