import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useDeferredValue, useRef, useState } from "react";
import { useShortcuts } from "../../keys/shortcuts";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { SearchField } from "../../ui/SearchField";
import { Skeleton } from "../../ui/Skeleton";
import { tell } from "../../ui/tell";
import type { Agent } from "../agent_queries";
import styles from "./MemoryTab.module.css";
import { NoteCard } from "./NoteCard";
import { NoteDialog } from "./NoteDialog";
import { changeNote, deleteNote, foundNotes, type Note, useNotes } from "./queries";

const route = getRouteApi("/agents/$name");

/** What the agent remembers: its notes and those that people wrote for it; to be searched, written, changed and deleted. */
export default function MemoryTab({ agent }: { agent: Agent }) {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState<Note | "new" | null>(null);
  const words = useDeferredValue(q.trim());
  const all = useNotes(agent.name);
  const found = useQuery({ ...foundNotes(agent.name, words), enabled: words !== "", placeholderData: (held) => held });
  const searching = words !== "";
  const rows = searching ? found.data : all.rows;
  const writes = may("agents:write");
  const stale = () => client.invalidateQueries({ queryKey: ["agent", agent.name, "notes"] });
  const search = (next: string) => void navigate({ search: (held) => ({ ...held, q: next || undefined }), replace: true });
  useShortcuts([
    { keys: "/", label: "Search its notes", group: "Memory", run: () => field.current?.focus() },
    ...(writes ? [{ keys: "n", label: "Write a note", group: "Memory", run: () => setOpen("new") }] : []),
  ]);
  const act = (done: Promise<unknown>, failed: string) => void done.catch(tell(failed)).finally(stale);
  return (
    <>
      {agent.memory !== true && (
        <p className={styles.off}>
          {agent.name} does not remember by itself: memory is switched off in its{" "}
          <Link to="." search={{ view: "definition" }}>
            definition
          </Link>
          . Notes are kept, and read once it is on.
        </p>
      )}
      <div className={styles.bar}>
        <div className={styles.search}>
          <SearchField label="Search its notes" placeholder="Words of a note" value={q} onChange={search} inputRef={field} />
        </div>
        {writes && (
          <Button icon={<Plus size={14} />} hotkey="n" onClick={() => setOpen("new")}>
            Write a note
          </Button>
        )}
      </div>
      {rows === undefined ? (
        (searching ? found.error : all.failure) ? (
          <Failure reason={searching ? found.error : all.failure} retry={searching ? () => void found.refetch() : all.retry} />
        ) : (
          <Skeleton lines={6} label="Loading its notes" />
        )
      ) : rows.length === 0 ? (
        searching ? (
          <Empty title="No note has these words" action={<Button onClick={() => search("")}>Show all</Button>} />
        ) : (
          <Empty
            title={`${agent.name} remembers nothing yet`}
            command={`flowforge agents memory add ${agent.name} "Refund limit" "At most 500 dollars without asking."`}
            action={
              writes && (
                <Button look="ink" onClick={() => setOpen("new")}>
                  Write a note
                </Button>
              )
            }
          >
            It writes notes while it works and looks them up later. You can write some for it: it is shown their titles when it
            begins.
          </Empty>
        )
      ) : (
        <>
          <ul className={styles.notes} aria-label={`Notes of ${agent.name}`}>
            {rows.map((note) => (
              <NoteCard
                key={note.id}
                note={note}
                onOpen={writes ? () => setOpen(note) : undefined}
                onPin={() => act(changeNote(agent.name, note, { pinned: !note.pinned }), "The note was not changed")}
                onDelete={() => act(deleteNote(agent.name, note), "The note is still there")}
              />
            ))}
          </ul>
          {!searching && all.hasMore && (
            <Button busy={all.loadingMore} onClick={all.more}>
              Older notes
            </Button>
          )}
        </>
      )}
      {open !== null && (
        <NoteDialog
          agent={agent}
          note={open === "new" ? null : open}
          onClose={() => setOpen(null)}
          onDone={() => {
            setOpen(null);
            void stale();
          }}
        />
      )}
    </>
  );
}
