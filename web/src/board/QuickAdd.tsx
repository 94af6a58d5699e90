import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { tell } from "../ui/tell";
import { createTask } from "./acts";
import { announce } from "./announce";
import styles from "./ColumnView.module.css";
import type { HandStore } from "./hand";

/** A line at the foot of a column: Enter adds a task and waits for the next, Escape is enough. */
export function QuickAdd({ board, column, store }: { board: string; column: string; store: HandStore }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState("");
  const button = useRef<HTMLButtonElement>(null);
  if (!open)
    return (
      <Button
        ref={button}
        look="bare"
        size="small"
        className={styles.add}
        icon={<Plus size={14} />}
        aria-label={`Add a task to ${column}`}
        onClick={() => setOpen(true)}
      >
        Add
      </Button>
    );

  const add = (event: FormEvent) => {
    event.preventDefault();
    const said = title.trim();
    if (said === "") return;
    setTitle("");
    createTask(client, { title: said, column, board })
      .then((task) => announce(`${task.key} was added to ${column}`))
      .catch((reason: unknown) => {
        setTitle((held) => held || said);
        tell(`“${said.slice(0, 60)}” was not added`)(reason);
      });
  };
  const close = () => {
    setOpen(false);
    store.within = false;
    requestAnimationFrame(() => button.current?.focus());
  };
  return (
    <form className={styles.adding} onSubmit={add}>
      <TextField
        label={`New task in ${column}`}
        labelHidden
        placeholder="What is to be done? Enter adds it"
        value={title}
        autoFocus
        maxLength={500}
        onChange={(event) => setTitle(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          close();
        }}
        onBlur={() => title.trim() === "" && setOpen(false)}
      />
    </form>
  );
}
