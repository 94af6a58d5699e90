import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Danger } from "../../ui/Danger";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { useUnkept } from "../useUnkept";
import styles from "./PoliciesSection.module.css";
import { PolicyForm } from "./PolicyForm";
import { fetchPolicies, POLICIES, type Policy, published } from "./queries";
import { Revisions } from "./Revisions";
import { RuleList } from "./RuleList";

/** Which calls of tools run, wait for people, or never run. */
export default function PoliciesSection() {
  const search = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  useUnkept(POLICIES);
  const pages = usePages([...POLICIES, "list"], fetchPolicies);
  const write = may("policies:write");
  const setNew = (open: boolean) => void navigate({ to: ".", search: { new: open ? "1" : undefined }, replace: true });
  const add = (
    <Button look="ink" icon={<Plus size={14} />} onClick={() => setNew(true)}>
      New policy
    </Button>
  );
  return (
    <>
      <Part
        title="Approval policies"
        about="A policy says which tool calls wait for a person. Without one the tool's effect decides: a call that only reads goes ahead, any other waits for one person. In a list the first rule that fits counts; between code and these the stricter one wins. A change holds from the next call on."
        aside={write && add}
      >
        {pages.rows !== undefined ? (
          pages.rows.length === 0 ? (
            <Empty title="No policies yet" command="flowforge policies apply policies.yaml" action={write && add}>
              A rule names tools, effects, agents or labels, and perhaps an expression over the call's arguments.
            </Empty>
          ) : (
            pages.rows.map((policy) => <One key={policy.id} of={policy} write={write} />)
          )
        ) : pages.failure ? (
          <Failure reason={pages.failure} retry={pages.retry} />
        ) : (
          <Skeleton lines={6} label="Loading policies" />
        )}
        {pages.hasMore && (
          <div>
            <Button busy={pages.loadingMore} onClick={pages.more}>
              Show more
            </Button>
          </div>
        )}
      </Part>
      <InCode />
      {search.new !== undefined && write && <PolicyForm onClose={() => setNew(false)} />}
    </>
  );
}

function One({ of: policy, write }: { of: Policy; write: boolean }) {
  const [open, setOpen] = useState<"edit" | "revisions" | "delete" | null>(null);
  const close = () => setOpen(null);
  const name = `policy ${policy.name}`;
  return (
    <article className={styles.policy} aria-label={name}>
      <header className={styles.head}>
        <h3>{policy.name}</h3>
        <span className={`${styles.facts} faint`}>
          place {policy.place} · revision {policy.revision} · changed <Ago at={policy.updated_at} />
        </span>
        <Button size="small" look="bare" aria-label={`Revisions of the ${name}`} onClick={() => setOpen("revisions")}>
          Revisions
        </Button>
        {write && (
          <>
            <Button size="small" aria-label={`Change the ${name}`} onClick={() => setOpen("edit")}>
              Change
            </Button>
            <Button size="small" look="danger" aria-label={`Delete the ${name}`} onClick={() => setOpen("delete")}>
              Delete
            </Button>
          </>
        )}
      </header>
      <RuleList rules={policy.rules} />
      {open === "edit" && <PolicyForm of={policy} onClose={close} />}
      {open === "revisions" && <Revisions of={policy} onClose={close} />}
      {open === "delete" && <Delete of={policy} onClose={close} />}
    </article>
  );
}

function InCode() {
  const { data, error, refetch } = useQuery(published);
  return (
    <Part title="In code" about="Published by workers, and in force for every tenant. They are changed where the code is.">
      {data !== undefined ? (
        data.length === 0 ? (
          <p className="faint">The code that runs declares none.</p>
        ) : (
          data.map((one) => (
            <article key={`${one.app} ${one.name}`} className={styles.policy} aria-label={`policy ${one.name} in code`}>
              <header className={styles.head}>
                <h3>{one.name}</h3>
                <span className={`${styles.facts} faint`}>
                  {one.app} · place {one.place} · published <Ago at={one.published_at} />
                </span>
              </header>
              <RuleList rules={one.rules} />
            </article>
          ))
        )
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={2} />
      )}
    </Part>
  );
}

function Delete({ of: policy, onClose }: { of: Policy; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/policies/{policy}", { params: { path: { policy: policy.id } } })).then(() => true),
    POLICIES,
  );
  return (
    <Danger
      title={`Delete the policy ${policy.name}`}
      submit="Delete"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      From the next call on its {policy.rules.length === 1 ? "rule decides" : `${policy.rules.length} rules decide`} nothing: what
      they denied or asked several people about may then run, or ask one. Approvals that wait keep their terms.
    </Danger>
  );
}
