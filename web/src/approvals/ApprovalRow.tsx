import { Link } from "@tanstack/react-router";
import { CircleDollarSign, Globe, PencilLine, TriangleAlert } from "lucide-react";
import { Ago } from "../ui/Ago";
import { StateGlyph, stateWord } from "../ui/StateMark";
import styles from "./ApprovalRow.module.css";
import { type Approval, countedVotes, decidedAt, kindOf, settledArguments, shortId, standing } from "./approval";
import { Due } from "./Due";
import { summary } from "./summary";
import { EFFECT_WORDS } from "./words";

const ICONS = { money: CircleDollarSign, outside: Globe, write: PencilLine } as const;

/** One approval of a list in three lines: what, by whom and with what, and how grave it is. */
export function ApprovalRow({
  approval,
  isOpen,
  arrived = false,
  chosen,
  onChoose,
}: {
  approval: Approval;
  isOpen: boolean;
  /** It came in while the list was looked at. */
  arrived?: boolean;
  chosen?: boolean;
  onChoose?: () => void;
}) {
  const pending = approval.state === "pending";
  const name = kindOf(approval) === "uncertain" ? `Did ${approval.tool} happen?` : approval.tool;
  return (
    <li
      className={`${styles.row} ${isOpen ? styles.open : ""} ${arrived ? styles.arrived : ""} ${pending || onChoose === undefined ? "" : styles.over}`}
    >
      {onChoose !== undefined && (
        <span className={styles.choice}>
          <input
            type="checkbox"
            checked={chosen}
            disabled={!pending}
            aria-label={`Choose ${approval.tool} ${shortId(approval.id)}`}
            onChange={onChoose}
            tabIndex={-1}
          />
        </span>
      )}
      <Link
        to="/approvals/$id"
        params={{ id: shortId(approval.id) }}
        search={(held) => held}
        className={styles.link}
        aria-current={isOpen || undefined}
        data-approval={approval.id}
      >
        <span className={styles.top}>
          <StateGlyph state={pending ? "needs" : approval.state} />
          <span className={`${styles.name} truncate`}>{name}</span>
          {approval.task !== null && <span className={styles.task}>{approval.task}</span>}
          <span className={styles.when}>
            {!pending ? (
              <Ago at={decidedAt(approval)} />
            ) : approval.expires_at !== null ? (
              <Due at={approval.expires_at} brief />
            ) : (
              <Ago at={approval.created_at} />
            )}
          </span>
        </span>
        <span className={`${styles.what} truncate`}>
          {approval.agent !== null && <span className={styles.agent}>{approval.agent} · </span>}
          <bdi>{summary(pending ? standing(approval) : settledArguments(approval)) || "no arguments"}</bdi>
        </span>
        <span className={styles.facts}>{pending ? <Risk approval={approval} /> : <Ended approval={approval} />}</span>
      </Link>
    </li>
  );
}

function Risk({ approval }: { approval: Approval }) {
  const Icon = ICONS[approval.effect as keyof typeof ICONS];
  return (
    <>
      {approval.tainted && (
        <span className={styles.tainted}>
          <TriangleAlert size={13} /> untrusted
        </span>
      )}
      <span className={approval.reversible === false ? styles.grave : undefined}>
        {Icon !== undefined && <Icon size={13} />} {EFFECT_WORDS[approval.effect] ?? approval.effect}
        {approval.reversible === false && ", for good"}
      </span>
      {approval.needed > 1 && (
        <span className="number">
          {countedVotes(approval).length} of {approval.needed} votes
        </span>
      )}
    </>
  );
}

function Ended({ approval }: { approval: Approval }) {
  const word = approval.decision?.edited_args != null ? "approved with changes" : stateWord(approval.state as "approved");
  return (
    <span>
      {word}
      {approval.decided_by !== null && ` by ${approval.decided_by}`}
    </span>
  );
}
