import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { copyText } from "../ui/copy";
import { JsonDiff } from "../ui/Diff";
import { CopyButton } from "../ui/Snippet";
import { StateMark } from "../ui/StateMark";
import styles from "./ApprovalCard.module.css";
import { Arguments } from "./Arguments";
import { type Approval, kindOf, settledArguments, shortId, standing } from "./approval";
import { Consequence } from "./Consequence";
import { DecisionBar } from "./DecisionBar";
import { Due } from "./Due";
import { Edit } from "./Edit";
import { Facts } from "./Facts";
import { Outcome } from "./Outcome";
import { askingFunction } from "./queries";
import { Refusal } from "./Refusal";
import { Taint } from "./Taint";
import { useDecision } from "./useDecision";
import { headline, why } from "./words";

/** Everything that somebody needs to know before they decide, and the decision. */
export function ApprovalCard({
  approval,
  onDecided,
  back,
  focused,
}: {
  approval: Approval;
  onDecided: (answer: Approval) => void;
  /** Where the list is, for pages on which only one of both is shown. */
  back: boolean;
  /** Put the focus on the headline: there is no list that has it. */
  focused: boolean;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { data: asker } = useQuery({ ...askingFunction(approval.run), enabled: approval.agent === null && may("runs:read") });
  const kind = kindOf(approval);
  const reason = why(approval);
  const pending = approval.state === "pending";
  const decision = useDecision(approval, onDecided);
  const [open, setOpen] = useState<"edit" | "deny" | null>(null);
  const [value, change] = useState<unknown>(undefined);
  const draft = { value, change };

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each that is shown
  useEffect(() => {
    if (focused) heading.current?.focus();
  }, [approval.id]);
  useShortcuts([{ keys: ".", label: "Copy its id", group: "Approvals", run: () => void copyText(approval.id) }]);

  return (
    <article className={styles.card} aria-labelledby={`headline-${approval.id}`}>
      <div className={styles.scroll}>
        {back && (
          <Link to="/approvals" search={(held) => held} className={styles.back}>
            <ChevronLeft size={16} /> All approvals
          </Link>
        )}
        <header className={styles.head}>
          <p className={styles.state}>
            <StateMark state={pending ? "needs" : approval.state} word={pending ? "waits for a decision" : undefined} />
            {pending && approval.expires_at !== null && (
              <strong className={styles.due}>
                <Due at={approval.expires_at} />
              </strong>
            )}
            <span className="quiet">
              asked <Ago at={approval.created_at} />
            </span>
            <span className={styles.id}>
              <code title={approval.id}>{shortId(approval.id)}</code>
              <CopyButton text={approval.id} label="Copy the id" />
            </span>
          </p>
          <h2 ref={heading} id={`headline-${approval.id}`} tabIndex={-1} className={styles.headline}>
            {headline(approval, asker ?? null)}
          </h2>
          <Consequence approval={approval} />
        </header>
        {!pending && <Outcome approval={approval} />}
        {!pending && decision.failure !== null && <Refusal reason={decision.failure} onClose={decision.forget} />}
        {approval.tainted && <Taint agent={approval.agent ?? "The agent"} sources={approval.taint} />}
        {pending && approval.proposal !== null && <Edited approval={approval} />}
        <section className={styles.part} aria-labelledby={`args-${approval.id}`}>
          <h3 id={`args-${approval.id}`}>{kind === "uncertain" ? "What was called" : "Exactly this"}</h3>
          {pending && open === "edit" ? (
            <Edit approval={approval} draft={draft} faults={decision.failure?.errors ?? []} />
          ) : (
            <Arguments value={pending ? standing(approval) : settledArguments(approval)} schema={approval.schema} />
          )}
        </section>
        <section className={styles.part} aria-labelledby={`why-${approval.id}`}>
          <h3 id={`why-${approval.id}`}>{pending ? "Why it waits" : "Why it waited"}</h3>
          {reason !== null ? <p className={styles.reason}>{reason}</p> : <p className="quiet">No reason was given.</p>}
          {approval.supersedes !== null && (
            <p>
              The tool has changed since{" "}
              <Link to="/approvals/$id" params={{ id: shortId(approval.supersedes) }} search={(held) => held}>
                {shortId(approval.supersedes)}
              </Link>{" "}
              was approved. What would run now is what you see here.
            </p>
          )}
          {approval.said !== null && (
            <figure className={styles.said}>
              <figcaption>
                <strong>{approval.agent ?? "The model"} said</strong> · the model's own words, checked by nobody
              </figcaption>
              <blockquote dir="auto">{approval.said}</blockquote>
            </figure>
          )}
        </section>
        <Facts approval={approval} asker={asker ?? null} />
      </div>
      {pending && <DecisionBar approval={approval} decision={decision} open={open} onOpen={setOpen} draft={draft} />}
    </article>
  );
}

/** Somebody has edited the arguments, and others are needed: what is approved now is the edited call. */
function Edited({ approval }: { approval: Approval }) {
  const by = approval.votes.findLast((vote) => vote.approved && vote.hash === approval.hash)?.name;
  return (
    <section className={styles.part}>
      <h3>Edited{by === undefined ? "" : ` by ${by}`} since it was asked</h3>
      <JsonDiff before={approval.arguments} after={approval.proposal} label="What was edited" />
    </section>
  );
}
