import { useState } from "react";
import { Chooser } from "../ui/Chooser";
import { Snippet } from "../ui/Snippet";
import styles from "./ByHand.module.css";
import type { Snippets } from "./snippets";

/** The same act without the page, in each of a few languages: folded until somebody wants it. */
export function ByHand({ snippets }: { snippets: Snippets }) {
  const [chosen, setChosen] = useState(snippets[0]?.name);
  const shown = snippets.find((one) => one.name === chosen) ?? snippets[0];
  return (
    <details className={styles.byHand}>
      <summary>The same without this page</summary>
      <div className={styles.body}>
        <Chooser
          label="Written for"
          options={snippets.map((one) => ({ value: one.name, label: one.label }))}
          current={shown?.name}
          onChoose={setChosen}
        />
        {shown !== undefined && <Snippet text={shown.text} label={`Copy for ${shown.label}`} />}
      </div>
    </details>
  );
}
