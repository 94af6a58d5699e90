import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import { Money } from "../ui/Money";
import { Skeleton } from "../ui/Skeleton";
import { CopyButton } from "../ui/Snippet";
import { type Approval, countedVotes } from "./approval";
import styles from "./Facts.module.css";
import { Votes } from "./Votes";
import { history } from "./words";

/** What stands around a call: how others like it went, what it has cost so far, whose work it is, who may decide. */
export function Facts({ approval, asker }: { approval: Approval; asker: string | null }) {
  const { alike, agent, task, run } = approval;
  return (
    <section className={styles.facts} aria-label="What stands around it">
      <dl className={styles.list}>
        <Fact name="Seen lately">
          {alike === undefined || alike === null ? (
            <Skeleton width={180} label="Loading what was decided lately" />
          ) : (
            history(approval)
          )}
        </Fact>
        <Fact name="Spent so far">
          <Money amount={approval.cost_so_far} /> by its run
        </Fact>
        {agent !== null && (
          <Fact name="Agent">
            <Link to="/agents/$name" params={{ name: agent }} className={styles.who}>
              <Avatar name={agent} kind="agent" size={18} /> <span>{agent}</span>
            </Link>
          </Fact>
        )}
        {asker !== null && (
          <Fact name="Function">
            <Link to="/functions/$id" params={{ id: asker }}>
              {asker}
            </Link>
          </Fact>
        )}
        {task !== null && (
          <Fact name="Task">
            <Link to="/board/$key" params={{ key: task }}>
              {task}
            </Link>
          </Fact>
        )}
        <Fact name="Run">
          {may("runs:read") ? (
            <Link to="/runs/$id" params={{ id: run }} className="mono">
              {label(run)}
            </Link>
          ) : (
            <code>{label(run)}</code>
          )}
        </Fact>
        {approval.requester !== null && <Fact name="Given by">{approval.requester}</Fact>}
        <Fact name="Who decides">{circle(approval)}</Fact>
        {approval.rule !== null && (
          <Fact name="Rule">
            {may("policies:read") ? (
              <Link
                to="/settings/$section"
                params={{ section: "policies" }}
                search={{ policy: approval.rule.split("@", 1)[0] }}
                className="mono"
              >
                {approval.rule}
              </Link>
            ) : (
              <code>{approval.rule}</code>
            )}
          </Fact>
        )}
        {approval.escalated_at !== null && <Fact name="Escalated">Nobody had decided, so others may now too.</Fact>}
        {approval.votes.length > 0 && (
          <Fact name={`Votes ${countedVotes(approval).length} of ${approval.needed}`}>
            <Votes votes={approval.votes} />
          </Fact>
        )}
      </dl>
      <p className={styles.hash}>
        <span>Bound to</span> <code title={approval.hash}>{approval.hash}</code>
        <CopyButton text={approval.hash} label="Copy the hash" />
      </p>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Who may decide, as a sentence. */
function circle({ needed, people, roles, not_requester }: Approval): string {
  const one = needed === 1;
  const count = one ? "" : `${needed} different `;
  const who =
    people.length > 0
      ? `${one ? "" : `${needed} of `}${people.join(one ? " or " : ", ")}`
      : roles.length > 0
        ? `${one ? "one " : count}${roles.map((role) => (one ? role : `${role}s`)).join(" or ")}`
        : `${one ? "anybody" : `${count}people`} who ${one ? "decides" : "decide"} approvals`;
  const sentence = `${who}${not_requester ? ", but not who gave the work" : ""}.`;
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`;
}

/** A run by the last eight digits of its id, as it is called everywhere. */
function label(run: string): string {
  const end = run.slice(-8);
  return `${end.slice(0, 4)}_${end.slice(4)}`;
}
