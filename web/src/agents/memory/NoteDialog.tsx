import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failure } from "../../ui/Failure";
import { CheckField, TextArea, TextField } from "../../ui/Field";
import type { Agent } from "../agent_queries";
import styles from "../Choices.module.css";
import { addNote, changeNote, type Note } from "./queries";

/** Write a note for an agent, or word one anew. */
export function NoteDialog({
  agent,
  note,
  onClose,
  onDone,
}: {
  agent: Agent;
  note: Note | null;
  onClose: () => void;
  onDone: () => void;
}) {
  const form = useId();
  const [title, setTitle] = useState(note?.title ?? "");
  const [text, setText] = useState(note?.text ?? "");
  const [tags, setTags] = useState(note?.tags.join(", ") ?? "");
  const [task, setTask] = useState("");
  const [pinned, setPinned] = useState(note?.pinned ?? false);
  const writing = useMutation({
    mutationFn: () => {
      const words = { title: title.trim(), text: text.trim(), tags: tagsIn(tags), pinned };
      return note === null
        ? addNote(agent.name, { ...words, task: task.trim() || null })
        : changeNote(agent.name, note, changed(note, words));
    },
    onSuccess: onDone,
  });
  const fault = (pointer: string) => (writing.error instanceof Problem ? writing.error.fault(pointer) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    writing.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={note === null ? `A note for ${agent.name}` : "Change the note"}
      description={
        note !== null && note.tainted.length > 0
          ? "Words that you change are yours: you vouch for them, and it takes them for advice."
          : "It sees the title when it begins, and finds the note by its words."
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="ink"
            type="submit"
            form={form}
            busy={writing.isPending}
            disabled={title.trim() === "" || text.trim() === ""}
          >
            {note === null ? "Write it" : "Save"}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={submit}>
        <TextField
          label="Title"
          value={title}
          maxLength={200}
          autoFocus
          error={fault("/title")}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextArea label="Note" rows={7} value={text} error={fault("/text")} onChange={(event) => setText(event.target.value)} />
        <TextField
          label="Tags (optional)"
          hint="Between commas."
          value={tags}
          error={fault("/tags")}
          onChange={(event) => setTags(event.target.value)}
        />
        {note === null && (
          <TextField
            label="Only for a task (optional)"
            placeholder="FF-12"
            value={task}
            error={fault("/task")}
            onChange={(event) => setTask(event.target.value)}
          />
        )}
        <CheckField
          label="Pin it"
          hint="Its title is then always among those that it is shown."
          checked={pinned}
          onChange={(event) => setPinned(event.target.checked)}
        />
      </form>
      {writing.error !== null && <Failure reason={writing.error} />}
    </Dialog>
  );
}

function tagsIn(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}

type Words = { title: string; text: string; tags: string[]; pinned: boolean };

/** Only what differs: who changes the words vouches for them, who pins a note does not. */
function changed(note: Note, words: Words): Partial<Words> {
  return Object.fromEntries(
    Object.entries(words).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(note[name as keyof Words])),
  );
}
