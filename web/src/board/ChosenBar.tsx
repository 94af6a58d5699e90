import { useQueryClient } from "@tanstack/react-query";
import { Archive, Tag, UserPlus, X } from "lucide-react";
import { Suspense, useState } from "react";
import { lazyPart } from "../shell/part";
import { Button, IconButton } from "../ui/Button";
import { Menu } from "../ui/Menu";
import { tell } from "../ui/tell";
import { actOnCards } from "./acts";
import { announce } from "./announce";
import styles from "./ChosenBar.module.css";
import type { Column } from "./card";
import { type HandStore, useHand } from "./hand";
import type { Move } from "./useMoves";

const LabelDialog = lazyPart(() => import("./LabelDialog").then(({ LabelDialog }) => ({ default: LabelDialog })));

/** What can be done with the cards that are chosen, at the foot of the board. */
export function ChosenBar({
  board,
  store,
  columns,
  move,
  onAssign,
}: {
  board: string;
  store: HandStore;
  columns: readonly Column[];
  move: Move;
  onAssign: (keys: readonly string[]) => void;
}) {
  const client = useQueryClient();
  const chosen = useHand(store, (hand) => hand.chosen);
  const [labelling, setLabelling] = useState(false);
  if (chosen.size === 0) return null;
  const keys = [...chosen];
  const clear = () => store.change({ chosen: new Set() });
  const count = `${keys.length} ${keys.length === 1 ? "card" : "cards"}`;
  return (
    <section className={styles.bar} aria-label="Chosen cards">
      <strong className={styles.count}>{count}</strong>
      <Menu
        label="Move to"
        trigger={<Button size="small">Move to…</Button>}
        items={columns.map((column) => ({ label: column.name, onSelect: () => move(keys, { column: column.name }) }))}
      />
      <Button size="small" icon={<UserPlus size={14} />} onClick={() => onAssign(keys)}>
        Assign…
      </Button>
      <Button size="small" icon={<Tag size={14} />} onClick={() => setLabelling(true)}>
        Label…
      </Button>
      <Button
        size="small"
        icon={<Archive size={14} />}
        onClick={() => {
          actOnCards(client, keys, { action: "archive" })
            .then(() => {
              clear();
              announce(`${count} archived`);
            })
            .catch(tell("Nothing was archived"));
        }}
      >
        Archive
      </Button>
      <IconButton size="small" label="Choose nothing" icon={<X size={14} />} onClick={clear} />
      {labelling && (
        <Suspense>
          <LabelDialog board={board} keys={keys} onClose={() => setLabelling(false)} />
        </Suspense>
      )}
    </section>
  );
}
