import { Plus } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Danger } from "../../ui/Danger";
import { duration } from "../../ui/duration";
import { Empty } from "../../ui/Empty";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { PagedTable } from "../Table";
import { NewRule } from "./NewRule";
import { fetchRules, KINDS, RULES, type Rule } from "./queries";

/** What is watched. */
export function Rules() {
  const pages = usePages(RULES, fetchRules);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Rule | null>(null);
  const write = may("alerts:write");
  return (
    <Part
      title="Rules"
      about="What is watched, every 15 seconds, and which channels are told."
      aside={
        write && (
          <Button icon={<Plus size={14} />} onClick={() => setAdding(true)}>
            New rule
          </Button>
        )
      }
    >
      <PagedTable
        label="Rules"
        pages={pages}
        rowKey={(rule) => rule.id}
        columns={[
          { head: "Name", cell: (rule) => rule.name },
          { head: "When", cell: inWords },
          { head: "Tells", cell: (rule) => rule.channels.join(", ") },
          { head: "Again after", cell: (rule) => duration(rule.quiet_seconds * 1_000), align: "end", wideOnly: true },
        ]}
        acts={
          write
            ? (rule) => (
                <Button size="small" look="bare" aria-label={`Delete the rule ${rule.name}`} onClick={() => setDeleting(rule)}>
                  Delete
                </Button>
              )
            : undefined
        }
        empty={
          <Empty
            title="Nothing is watched yet"
            command="flowforge alerts rule orders-fail failed_runs --channel on-call --threshold 3 --window 10m"
          >
            A rule tells a channel when runs fail, the queue stands still, an approval is overdue or a budget is used up.
          </Empty>
        }
      />
      {adding && <NewRule onClose={() => setAdding(false)} />}
      {deleting !== null && <Delete of={deleting} onClose={() => setDeleting(null)} />}
    </Part>
  );
}

function inWords(rule: Rule): string {
  const kind = KINDS[rule.kind];
  if (kind === undefined) return rule.kind;
  const whose = rule.function === null ? "" : ` of ${rule.function}`;
  if (kind.counts)
    return `${rule.threshold} ${rule.threshold === 1 ? "run" : "runs"}${whose} failed within ${duration(rule.window_seconds * 1_000)}`;
  return kind.window === "" ? kind.says : `${kind.says} ${duration(rule.window_seconds * 1_000)}`;
}

function Delete({ of: rule, onClose }: { of: Rule; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/alert_rules/{name}", { params: { path: { name: rule.name } } })).then(() => true),
    RULES,
  );
  return (
    <Danger
      title={`Delete the rule ${rule.name}`}
      submit="Delete"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      Nobody is told of this any more. Alerts that it has opened stay on record.
    </Danger>
  );
}
