import { useState } from "react";
import { setSingleKeysOff, singleKeysOff, useKnownShortcuts } from "../keys/shortcuts";
import { Dialog } from "../ui/Dialog";
import { CheckField } from "../ui/Field";
import { Kbd } from "../ui/Kbd";
import styles from "./KeyList.module.css";

/** The keys that work on this page, and the switch that turns single keys off. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const known = useKnownShortcuts();
  const [off, setOff] = useState(singleKeysOff);
  const groups = [...new Set([...known].reverse().map((one) => one.group))];
  return (
    <Dialog open onClose={onClose} title="Keys of this page" size="large">
      <div className={styles.groups}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl className={styles.keys}>
              {known
                .filter((one) => one.group === group)
                .map((one) => {
                  const keys = typeof one.keys === "string" ? one.keys : one.keys.join(" ");
                  return (
                    <div key={`${keys} ${one.label}`} className={styles.row}>
                      <dt>{one.label}</dt>
                      <dd>
                        <span className="visually-hidden">{keys}</span>
                        <Kbd keys={keys} />
                      </dd>
                    </div>
                  );
                })}
            </dl>
          </section>
        ))}
      </div>
      <CheckField
        label="Single keys are off"
        hint="For who dictates to the machine: only keys with Ctrl or ⌘, and Escape, work then."
        checked={off}
        onChange={(event) => {
          setSingleKeysOff(event.target.checked);
          setOff(event.target.checked);
        }}
      />
    </Dialog>
  );
}
