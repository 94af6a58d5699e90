import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Page } from "../ui/Page";
import { Tabs } from "../ui/Tabs";
import styles from "./AuditPage.module.css";
import { ChainMark } from "./ChainMark";
import { Heads } from "./Heads";
import { Log } from "./Log";

const VIEWS = [
  { name: "log", label: "Log", keys: ["v", "e"] },
  { name: "heads", label: "Heads and keys", keys: ["v", "h"] },
] as const;

/** Who did what to which thing, and the proof that nobody changed it since. */
export function AuditPage() {
  const { view: wanted, entry, ...filters } = useSearch({ from: "/audit" });
  const navigate = useNavigate();
  const view = VIEWS.find((one) => one.name === wanted)?.name ?? "log";
  useShortcuts(
    VIEWS.map((one) => ({
      keys: one.keys,
      label: one.label,
      group: "Audit",
      run: () =>
        void navigate({ to: "/audit", search: (held) => ({ ...held, view: one.name === "log" ? undefined : one.name }) }),
    })),
  );
  if (!may("audit:read"))
    return (
      <Page title="Audit">
        <p className="quiet">
          The audit log says who did what. Only administrators, and keys that were made for it, may read it.
        </p>
      </Page>
    );
  return (
    <Page
      title="Audit"
      aside={
        may("audit:export") && (
          <a className={styles.download} href="/v1/audit/export" download="audit.jsonl">
            <Download size={14} />
            Export
          </a>
        )
      }
    >
      <ChainMark />
      <Tabs tabs={VIEWS} current={view} label="Views of the audit log" />
      {view === "log" ? <Log filters={filters} entry={entry} /> : <Heads />}
    </Page>
  );
}
