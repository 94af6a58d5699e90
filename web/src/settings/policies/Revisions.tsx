import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { JsonDiff } from "../../ui/Diff";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import { usePages } from "../../ui/usePages";
import { fetchRevisions, POLICIES, type Policy } from "./queries";
import styles from "./Revisions.module.css";
import { RuleList } from "./RuleList";

/** What a policy said from one change to the next: approvals name the revision that they were asked by. */
export function Revisions({ of: policy, onClose }: { of: Policy; onClose: () => void }) {
  const { rows, failure, retry, hasMore, loadingMore, more } = usePages(
    [...POLICIES, "revisions", policy.id],
    fetchRevisions(policy.id),
  );
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={`Revisions of ${policy.name}`}
      actions={<Button onClick={onClose}>Close</Button>}
    >
      {rows !== undefined ? (
        <ol className={styles.revisions}>
          {rows.map((one, index) => {
            const before = rows[index + 1];
            return (
              <li key={one.revision} className={styles.revision}>
                <h3>
                  Revision {one.revision}{" "}
                  <span className="faint">
                    by {one.changed_by} <Ago at={one.created_at} />
                  </span>
                </h3>
                {before === undefined ? (
                  <RuleList rules={one.rules} />
                ) : (
                  <JsonDiff
                    label={`What revision ${one.revision} changed`}
                    before={{ place: before.place, rules: before.rules }}
                    after={{ place: one.place, rules: one.rules }}
                  />
                )}
              </li>
            );
          })}
        </ol>
      ) : failure ? (
        <Failure reason={failure} retry={retry} />
      ) : (
        <Skeleton lines={5} label="Loading revisions" />
      )}
      {hasMore && (
        <div>
          <Button busy={loadingMore} onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </Dialog>
  );
}
