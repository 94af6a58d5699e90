import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { CheckField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { StateMark } from "../ui/StateMark";
import { tell } from "../ui/tell";
import { shortId } from "./approval";
import styles from "./Grants.module.css";
import { grantList } from "./queries";

type Grant = Schema<"GrantOut">;

/** What need not be asked about again: who said so, for which task, how often it was used. Each can be taken back. */
export function Grants() {
  const client = useQueryClient();
  const [all, setAll] = useState(false);
  const { data, error, refetch } = useQuery(grantList(!all));
  const [asked, setAsked] = useState<Grant | null>(null);
  const revoke = (grant: Grant) => {
    setAsked(null);
    ask(api.DELETE("/v1/grants/{grant}", { params: { path: { grant: grant.id } } }))
      .then(() => client.invalidateQueries({ queryKey: ["approvals", "grants"] }))
      .catch(tell("The grant still holds"));
  };
  return (
    <section className={styles.view} aria-labelledby="grants">
      <h2 id="grants">Not asked again</h2>
      <p className="quiet">
        Somebody has approved these with “do not ask again”. They hold for one task, are counted, and end when you take them back.
      </p>
      <CheckField label="Also those that have ended" checked={all} onChange={(event) => setAll(event.target.checked)} />
      {data === undefined ? (
        error ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={4} label="Loading grants" />
        )
      ) : data.length === 0 ? (
        <Empty title="Everything is asked" command="flowforge grants">
          Nobody has said “do not ask again”. You can, beside Approve, where a call allows it.
        </Empty>
      ) : (
        <ul className={styles.items}>
          {data.map((grant) => (
            <li key={grant.id} className={styles.item}>
              <div className={styles.text}>
                <p>
                  <strong>{grant.tool}</strong>{" "}
                  {grant.scope === "call" ? "with exactly the same arguments" : "with any arguments"}
                  {grant.task !== null && (
                    <>
                      {" "}
                      on{" "}
                      <Link to="/board/$key" params={{ key: grant.task }}>
                        {grant.task}
                      </Link>
                    </>
                  )}
                </p>
                <p className="quiet">
                  {grant.granted_by} <Ago at={grant.created_at} /> ·{" "}
                  <Link to="/approvals/$id" params={{ id: shortId(grant.approval) }}>
                    with {shortId(grant.approval)}
                  </Link>{" "}
                  · {uses(grant)}
                  {grant.expires_at !== null && grant.holds && (
                    <>
                      {" "}
                      · ends <Ago at={grant.expires_at} />
                    </>
                  )}
                </p>
              </div>
              {grant.holds ? (
                may("approvals:decide") && (
                  <Button size="small" look="danger" onClick={() => setAsked(grant)}>
                    Take back
                  </Button>
                )
              ) : (
                <StateMark
                  state="skipped"
                  word={grant.revoked_by === null ? "used up or over" : `taken back by ${grant.revoked_by}`}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      <Dialog
        open={asked !== null}
        onClose={() => setAsked(null)}
        size="small"
        title={`Ask about ${asked?.tool ?? ""} again?`}
        description="The next such call waits for a person. What has run already stays as it is."
        actions={
          <>
            <Button onClick={() => setAsked(null)}>Back</Button>
            <Button look="danger" onClick={() => asked !== null && revoke(asked)}>
              Take back
            </Button>
          </>
        }
      />
    </section>
  );
}

function uses(grant: Grant): string {
  const times = grant.uses === 1 ? "used once" : `used ${grant.uses} times`;
  return grant.uses_max === null ? times : `${times} of ${grant.uses_max}`;
}
