import { Chip } from "../../ui/Chip";
import type { Rule } from "./queries";
import styles from "./RuleList.module.css";
import { ACTIONS, asked, fits } from "./rule_words";

/** The rules of a policy in the order in which they are asked: the first that fits decides. */
export function RuleList({ rules }: { rules: readonly Rule[] }) {
  return (
    <ol className={styles.rules}>
      {rules.map((rule, index) => {
        const terms = asked(rule);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place
          <li key={index} className={styles.rule}>
            <span className={`${styles.number} faint number`}>{index + 1}</span>
            <div className={styles.words}>
              <p className={styles.first}>
                <span>{fits(rule)}</span>
                <Chip tone={rule.action === "require" ? "needs" : rule.action === "deny" ? "failed" : "plain"}>
                  {ACTIONS[rule.action]}
                </Chip>
                {rule.grantable === true && <Chip title="People may approve further calls at once">may be granted</Chip>}
                {rule.grantable === false && <Chip>never granted</Chip>}
              </p>
              {rule.when != null && (
                <p>
                  <span className="faint">when </span>
                  <code>{rule.when}</code>
                  {rule.zone != null && <span className="faint"> in {rule.zone}</span>}
                </p>
              )}
              {terms !== null && <p className="quiet">{terms}</p>}
              {rule.reason != null && <p className="quiet">“{rule.reason}”</p>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
