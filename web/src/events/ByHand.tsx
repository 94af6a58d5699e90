import { useState } from "react";
import { Button } from "../ui/Button";
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
        <fieldset className={styles.choice} aria-label="Written for">
          {snippets.map((one) => (
            <Button
              key={one.name}
              size="small"
              look="bare"
              aria-pressed={one === shown}
              className={styles.one}
              onClick={() => setChosen(one.name)}
            >
              {one.label}
            </Button>
          ))}
        </fieldset>
        {shown !== undefined && <Snippet text={shown.text} label={`Copy for ${shown.label}`} />}
      </div>
    </details>
  );
}
