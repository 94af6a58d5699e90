import { Link } from "@tanstack/react-router";
import { Paperclip, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Problem } from "../api/problem";
import { runLabel, size } from "../live/lines";
import { may } from "../session";
import { Button, IconButton } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import styles from "./Lists.module.css";
import { Section } from "./Section";
import type { Task } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

/** What belongs to a task and lies elsewhere: links, and what runs have stored. */
export function Attachments({ task, acts }: { task: Task; acts: TaskActs }) {
  const [adding, setAdding] = useState(false);
  const writes = may("tasks:write");
  if (task.attachments.length === 0 && !writes) return null;
  return (
    <Section
      title="Attachments"
      aside={
        writes &&
        !adding && (
          <Button size="small" look="bare" onClick={() => setAdding(true)}>
            Attach
          </Button>
        )
      }
    >
      {task.attachments.length > 0 && (
        <ul className={styles.list}>
          {task.attachments.map((one) => (
            <li key={one.id} className={styles.item}>
              <Paperclip size={14} aria-hidden="true" />
              {one.url !== null ? (
                <a href={one.url} target="_blank" rel="noopener noreferrer nofollow" className="truncate" title={one.url}>
                  {one.name}
                </a>
              ) : (
                <span className="truncate" title={one.name}>
                  {one.name}
                </span>
              )}
              {one.run !== null && (
                <Link to="/runs/$id" params={{ id: one.run }} className="mono">
                  {runLabel(one.run)}
                </Link>
              )}
              {one.size !== null && <span className="faint number">{size(one.size)}</span>}
              {writes && (
                <IconButton
                  size="small"
                  className={styles.end}
                  label={`Take ${one.name} off`}
                  icon={<Trash2 size={14} />}
                  onClick={() => void acts.detach(one.id)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && <Attach acts={acts} onDone={() => setAdding(false)} />}
    </Section>
  );
}

function Attach({ acts, onDone }: { acts: TaskActs; onDone: () => void }) {
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const fault = (pointer: string) => (failure instanceof Problem ? failure.fault(pointer) : undefined);
  const attach = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    acts
      .attach({ name: name.trim() || nameOf(url), url: url.trim() })
      .then(onDone)
      .catch((reason: unknown) => {
        setFailure(reason);
        setBusy(false);
      });
  };
  return (
    <form className={styles.form} onSubmit={attach}>
      <TextField
        label="Address"
        type="url"
        required
        autoFocus
        placeholder="https://"
        hint="Only the address is kept."
        error={fault("/url")}
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      <TextField
        label="Name"
        maxLength={200}
        placeholder={url === "" ? "" : nameOf(url)}
        error={fault("/name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {failure !== null && fault("/url") === undefined && fault("/name") === undefined && <Failure reason={failure} />}
      <div className={styles.acts}>
        <Button size="small" look="ink" type="submit" busy={busy} disabled={url.trim() === ""}>
          Attach
        </Button>
        <Button size="small" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function nameOf(url: string): string {
  const last = url
    .replace(/[?#].*$/, "")
    .split("/")
    .filter(Boolean)
    .at(-1);
  return (last ?? url).slice(0, 200) || "link";
}
