import { Link } from "@tanstack/react-router";
import { MoreHorizontal, Pencil, Pin, PinOff, ShieldAlert, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { Ago } from "../../ui/Ago";
import { Button, IconButton } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Markdown } from "../../ui/Markdown";
import { Menu } from "../../ui/Menu";
import styles from "./NoteCard.module.css";
import type { Note } from "./queries";

/** A note: its words, whose they are, and whether they were written after something from outside was read. */
export function NoteCard({
  note,
  onOpen,
  onPin,
  onDelete,
}: {
  note: Note;
  /** Missing where the reader may not change notes. */
  onOpen?: () => void;
  onPin: () => void;
  onDelete: () => void;
}) {
  const id = useId();
  const [asked, setAsked] = useState(false);
  return (
    <li className={`${styles.note} ${note.tainted.length > 0 ? styles.tainted : ""}`} aria-labelledby={id}>
      <header className={styles.head}>
        {note.pinned && <Pin size={14} aria-label="Pinned" className={styles.pin} />}
        <h2 id={id} className={styles.title} dir="auto">
          {note.title}
        </h2>
        {onOpen !== undefined && (
          <Menu
            label={`Acts on ${note.title}`}
            align="end"
            trigger={<IconButton size="small" label={`Acts on ${note.title}`} icon={<MoreHorizontal size={16} />} />}
            items={[
              { label: "Change…", icon: <Pencil size={14} />, onSelect: onOpen },
              {
                label: note.pinned ? "Unpin" : "Pin",
                icon: note.pinned ? <PinOff size={14} /> : <Pin size={14} />,
                hint: "A pinned note is always shown to it when it begins",
                onSelect: onPin,
              },
              "separator",
              { label: "Delete…", icon: <Trash2 size={14} />, danger: true, onSelect: () => setAsked(true) },
            ]}
          />
        )}
      </header>
      <div className={styles.text}>
        <Markdown text={note.text} />
      </div>
      {note.tainted.length > 0 && (
        <p className={styles.taint} title={note.tainted.join("\n")}>
          <ShieldAlert size={14} aria-hidden="true" />
          <span>
            Written after it had read {note.tainted.join(", ")}. It takes the note for data, not for advice, until a person words
            it anew.
          </span>
        </p>
      )}
      <footer className={styles.foot}>
        {note.tags.map((tag) => (
          <Chip key={tag}>{tag}</Chip>
        ))}
        {note.task !== null && (
          <Link to="/board/$key" params={{ key: note.task }} className="mono" title="Only for work on this task">
            {note.task}
          </Link>
        )}
        <span className="faint">
          {note.by_kind === "agent" ? "by itself" : `by ${note.by}`} <Ago at={note.updated_at} />
        </span>
      </footer>
      {asked && (
        <Dialog
          open
          onClose={() => setAsked(false)}
          size="small"
          title={`Delete “${note.title}”`}
          description="Its words are gone for good."
          actions={
            <>
              <Button onClick={() => setAsked(false)}>Keep it</Button>
              <Button
                look="danger"
                onClick={() => {
                  setAsked(false);
                  onDelete();
                }}
              >
                Delete
              </Button>
            </>
          }
        />
      )}
    </li>
  );
}
