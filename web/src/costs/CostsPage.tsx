import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Page } from "../ui/Page";
import { Tabs } from "../ui/Tabs";
import { Budgets } from "./Budgets";
import { Choice } from "./Choice";
import styles from "./CostsPage.module.css";
import { ModelLimits } from "./ModelLimits";
import { PriceDialog } from "./PriceDialog";
import { Prices } from "./Prices";
import { PERIODS, USUAL } from "./period";
import { csvAddress } from "./queries";
import { type Asked, chosenBy, chosenPeriod, FILTERS, GROUPS, Spending } from "./Spending";

const VIEWS = [
  { name: "spending", label: "Spending", needs: "usage:read" },
  { name: "budgets", label: "Budgets", needs: "budgets:read" },
  { name: "prices", label: "Prices", needs: "usage:read" },
  { name: "limits", label: "Limits of models", needs: "budgets:read" },
] as const;

/** What models cost, what they may cost, and what their prices are. */
export function CostsPage() {
  const search = useSearch({ from: "/costs" });
  const navigate = useNavigate();
  const views = VIEWS.filter((view) => may(view.needs));
  const view = views.find((one) => one.name === search.view)?.name ?? views[0]?.name;
  const asked = askedBy(search);
  useShortcuts(
    views.map((one) => ({
      keys: ["v", one.name[0] as string] as const,
      label: one.label,
      group: "Costs",
      run: () => void navigate({ to: "/costs", search: (held) => ({ ...held, view: one === views[0] ? undefined : one.name }) }),
    })),
  );
  return (
    <Page title="Costs" aside={view === "spending" && <Aside asked={asked} />}>
      <Tabs tabs={views} current={view ?? ""} label="Views of costs" />
      {view === "spending" && <Spending asked={asked} />}
      {view === "budgets" && <Budgets open={search.budget} fresh={search.new !== undefined} />}
      {view === "prices" && <Prices />}
      {view === "limits" && <ModelLimits />}
      {view === undefined && <p className="quiet">You may not see what models cost. An administrator can let you.</p>}
      {search.price !== undefined && (
        <PriceDialog
          key={search.price}
          model={search.price}
          onClose={() => void navigate({ to: "/costs", search: (held) => ({ ...held, price: undefined }) })}
        />
      )}
    </Page>
  );
}

function Aside({ asked }: { asked: Asked }) {
  return (
    <>
      <Choice
        label="Time"
        name="since"
        options={PERIODS.map(({ since, label, title }) => ({ value: since, label, title }))}
        current={chosenPeriod(asked)}
        usual={USUAL}
      />
      <a className={styles.download} href={csvAddress(asked.by, chosenBy(asked))} download>
        <Download size={14} />
        CSV
      </a>
    </>
  );
}

function askedBy(search: Record<string, string | undefined>): Asked {
  const filters = (Object.keys(FILTERS) as (keyof typeof FILTERS)[]).flatMap((name) => {
    const value = search[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    by: GROUPS.find((group) => group.value === search.by)?.value ?? "model",
    since: search.since ?? USUAL,
    until: search.until,
    filters,
  };
}
