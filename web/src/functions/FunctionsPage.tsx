import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "../ui/Page";
import { Tabs } from "../ui/Tabs";
import { FunctionTable } from "./FunctionTable";
import { QueueView } from "./QueueView";
import { TenantPause } from "./TenantPause";

const TABS = [
  { name: "functions", label: "Functions" },
  { name: "queue", label: "Queue" },
];

/** What can run, and what waits to. */
export function FunctionsPage() {
  const { q, view, builtin } = useSearch({ from: "/functions" });
  const navigate = useNavigate({ from: "/functions" });
  const queueShown = view === "queue";
  return (
    <Page title={queueShown ? "Queue" : "Functions"} heading="Functions" aside={queueShown && <TenantPause />}>
      <Tabs tabs={TABS} current={queueShown ? "queue" : "functions"} label="Views of functions" />
      {queueShown ? (
        <QueueView />
      ) : (
        <FunctionTable
          q={q}
          builtin={builtin !== undefined}
          onChange={(next) => void navigate({ search: (held) => ({ ...held, ...next }), replace: true })}
        />
      )}
    </Page>
  );
}
