import { Pencil, Trash2 } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import type { Schema } from "../api/client";
import { may } from "../session";
import { Button, IconButton } from "../ui/Button";
import { TextField } from "../ui/Field";
import styles from "./Checklist.module.css";
import { InPlace } from "./InPlace";
import { Section } from "./Section";
import type { Task } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

/** What is to be done, item by item: ticked, worded anew, taken off, added at the end. */
export function Checklist({ task, acts }: { task: Task; acts: TaskActs }) {
  const writes = may("tasks:write");
  const [adding, setAdding] = useState(false);
  const done = task.checklist.filter((item) => item.done).length;
  if (task.checklist.length === 0 && !writes) return null;
  const add = (
    <Button size="small" look="bare" onClick={() => setAdding(true)}>
      Add an item
    </Button>
  );
  return (
    <Section
      title={
        <>
          Checklist
          {task.checklist.length > 0 && (
            <span className="number faint">
              {done}/{task.checklist.length}
            </span>
          )}
        </>
      }
      aside={writes && !adding ? add : undefined}
    >
      {task.checklist.length > 0 && (
        <ul className={styles.items}>
          {task.checklist.map((item) => (
            <Item key={item.id} item={item} acts={acts} writes={writes} />
          ))}
        </ul>
      )}
      {adding && <Add acts={acts} onDone={() => setAdding(false)} />}
    </Section>
  );
}

function Item({ item, acts, writes }: { item: Schema<"ChecklistItemOut">; acts: TaskActs; writes: boolean }) {
  const [editing, setEditing] = useState(false);
  return (
    <li className={styles.item}>
      <InPlace
        label="Item"
        value={item.text}
        editing={editing}
        onEditing={setEditing}
        lengthMax={500}
        required
        onSave={(text) => acts.changeItem(item.id, { text })}
      >
        <label className={styles.tick}>
          <input
            type="checkbox"
            checked={item.done}
            disabled={!writes}
            onChange={(event) => void acts.changeItem(item.id, { done: event.target.checked })}
          />
          <span className={item.done ? styles.done : undefined} dir="auto">
            {item.text}
          </span>
        </label>
        {writes && (
          <span className={styles.acts}>
            <IconButton
              size="small"
              label={`Change “${item.text}”`}
              icon={<Pencil size={14} />}
              onClick={() => setEditing(true)}
            />
            <IconButton
              size="small"
              label={`Remove “${item.text}”`}
              icon={<Trash2 size={14} />}
              onClick={() => void acts.removeItem(item.id)}
            />
          </span>
        )}
      </InPlace>
    </li>
  );
}

function Add({ acts, onDone }: { acts: TaskActs; onDone: () => void }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const said = text.trim();
    if (said === "") return onDone();
    setText("");
    void acts.addItem(said).then((added) => {
      if (!added) setText((held) => held || said);
      field.current?.focus();
    });
  };
  return (
    <form onSubmit={add} className={styles.add}>
      <TextField
        ref={field}
        label="New item"
        labelHidden
        autoFocus
        maxLength={500}
        placeholder="One thing to do; Enter adds it"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          onDone();
        }}
      />
      <Button size="small" onClick={onDone}>
        Done
      </Button>
    </form>
  );
}
