import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { may } from "../session";
import { Chip } from "../ui/Chip";
import { Empty } from "../ui/Empty";
import { Skeleton } from "../ui/Skeleton";
import styles from "./NothingWaits.module.css";
import { approvalCounts, gates, type Wish } from "./queries";
import { SampleButton } from "./SampleButton";
import { EFFECT_WORDS } from "./words";

/** Nothing to decide: what would come here, by which tools and rules, and how to see one. */
export function NothingWaits({ wish, mine }: { wish: Wish; mine: boolean }) {
  const { data: counts } = useQuery(approvalCounts);
  const { data } = useQuery(gates);
  if (Object.values(wish).some((one) => one !== undefined))
    return (
      <Empty
        title="Nothing like this waits"
        action={
          <Link to="/approvals" search={(held) => ({ view: held.view })}>
            Show all that waits
          </Link>
        }
      >
        The filters leave nothing over.
      </Empty>
    );
  const gated = data?.tools.filter((tool) => tool.approval === true || (tool.approval === null && tool.effect !== "read")) ?? [];
  const used = gated.filter((tool) => tool.used_by.length > 0 || tool.origin === "code");
  const others = (counts?.pending ?? 0) - (counts?.mine ?? 0);
  return (
    <div className={styles.frame}>
      <Empty
        title={mine ? "Nothing waits for you" : "Nothing waits"}
        command={data !== undefined && used.length === 0 ? "flowforge init approvals --template approval" : "flowforge approvals"}
        action={may("tasks:write") && used.length > 0 ? <SampleButton tools={used} /> : undefined}
      >
        Before an agent does something that cannot be taken back, you are asked here. While it waits, it costs nothing.
        {mine && others > 0 && (
          <>
            {" "}
            <Link to="/approvals" search={{ view: "all" }}>
              {others === 1 ? "One waits" : `${others} wait`} for somebody else.
            </Link>
          </>
        )}
      </Empty>
      <section className={styles.gates} aria-labelledby="gates">
        <h2 id="gates">What asks first</h2>
        {data === undefined ? (
          <Skeleton lines={3} label="Loading what asks first" />
        ) : used.length === 0 && data.policies.length === 0 ? (
          <p className="quiet">
            No tool that changes anything is in use yet. One that does asks by itself, unless a rule or its author says otherwise.
          </p>
        ) : (
          <>
            <ul className={styles.tools}>
              {used.map((tool) => (
                <li key={tool.name} className={styles.tool}>
                  <code>{tool.name}</code>
                  <Chip>{EFFECT_WORDS[tool.effect] ?? tool.effect}</Chip>
                  <span className="quiet">
                    {[tool.consequence, tool.reversible === false && "cannot be undone"].filter(Boolean).join("; ")}
                  </span>
                </li>
              ))}
            </ul>
            {data.policies.length > 0 && (
              <p>
                Rules that say more:{" "}
                {data.policies.map((policy, index) => (
                  <span key={policy.name}>
                    {index > 0 && ", "}
                    <Link to="/settings/$section" params={{ section: "policies" }} search={{ policy: policy.name }}>
                      {policy.name}
                    </Link>
                  </span>
                ))}
              </p>
            )}
          </>
        )}
      </section>
    </div>
  );
}
