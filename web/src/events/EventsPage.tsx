import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useRef } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { type Column, DataList } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { SelectField, TextField } from "../ui/Field";
import { Page } from "../ui/Page";
import styles from "./EventsPage.module.css";
import { type EventFilters, type ListedEvent, useEvents } from "./queries";
import { SendEvent } from "./SendEvent";
import { SINCE } from "./since";

const COLUMNS: readonly Column<ListedEvent>[] = [
  {
    name: "name",
    head: "Event",
    width: "minmax(0, 3fr)",
    main: true,
    cell: (event) => (
      <span className={styles.event}>
        <span className="mono truncate" title={event.name}>
          {event.name}
        </span>
        {event.test && <Chip title="A test key sent it">test</Chip>}
      </span>
    ),
  },
  {
    name: "id",
    head: "Id",
    width: "minmax(0, 2fr)",
    cell: (event) => (
      <span className="mono faint" title={event.id}>
        {shortId(event)}
      </span>
    ),
  },
  { name: "runs", head: "Started", width: "110px", cell: (event) => <Started count={event.runs.length} /> },
  {
    name: "at",
    head: "Received",
    width: "110px",
    align: "end",
    cell: (event) => <Ago at={event.received_at} className="faint" />,
  },
];

/** What came in, as it comes in. */
export function EventsPage() {
  const { name, since, test, send } = useSearch({ from: "/events" });
  const navigate = useNavigate({ from: "/events" });
  const filter = useRef<HTMLInputElement>(null);
  const filters: EventFilters = { name, since, test };
  const events = useEvents(filters);
  const maySend = may("events:send");
  const narrowed = Boolean(name || since || test);

  const change = (next: Partial<Record<"name" | "since" | "test" | "send", string | undefined>>, replace = true) =>
    void navigate({ search: (held) => ({ ...held, ...next }), replace });
  useShortcuts([
    { keys: "/", label: "Filter by name", group: "Events", run: () => filter.current?.focus() },
    ...(maySend ? [{ keys: "c", label: "Send an event", group: "Events", run: () => change({ send: "1" }, false) }] : []),
  ]);

  return (
    <Page
      title="Events"
      aside={
        maySend && (
          <Button look="ink" icon={<Send size={14} />} hotkey="c" onClick={() => change({ send: "1" }, false)}>
            Send event
          </Button>
        )
      }
    >
      <div className={styles.filters}>
        <NameFilter key={name ?? ""} inputRef={filter} name={name} onChange={(next) => change({ name: next })} />
        <SelectField
          label="Since"
          labelHidden
          value={since ?? ""}
          onChange={(event) => change({ since: event.target.value || undefined })}
        >
          <option value="">Any time</option>
          {SINCE.map((one) => (
            <option key={one.name} value={one.name}>
              {one.label}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="Kind"
          labelHidden
          value={test ?? ""}
          onChange={(event) => change({ test: event.target.value || undefined })}
        >
          <option value="">Live and test</option>
          <option value="live">live only</option>
          <option value="only">test only</option>
        </SelectField>
      </div>
      <DataList
        label="Events"
        columns={COLUMNS}
        rowKey={(event) => event.event_id}
        rowLink={(event) => ({ to: "/events/$id", params: { id: event.event_id } })}
        empty={
          narrowed ? (
            <Empty
              title="No event fits"
              action={
                <Button onClick={() => change({ name: undefined, since: undefined, test: undefined })}>Show all events</Button>
              }
            >
              A name is found by how it begins; * stands for anything, as in <code>*/created</code>.
            </Empty>
          ) : (
            <Empty
              title="No event has come in yet"
              command="flowforge send order/created -d total=420"
              action={
                maySend && (
                  <Button look="ink" onClick={() => change({ send: "1" }, false)}>
                    Send an event
                  </Button>
                )
              }
            >
              An event is something that happened, with a name and data. Every function that listens to its name gets a run. What
              listens is under <Link to="/functions">Functions</Link>.
            </Empty>
          )
        }
        {...events}
      />
      {maySend && send !== undefined && (
        <SendEvent name={send === "1" ? undefined : send} onClose={() => change({ send: undefined })} />
      )}
    </Page>
  );
}

/** What is typed is put into the address when its writer is done with it, so that each letter is no request. */
function NameFilter({
  name,
  onChange,
  inputRef,
}: {
  name: string | undefined;
  onChange: (name: string | undefined) => void;
  inputRef: React.RefObject<HTMLInputElement | null>;
}) {
  const done = (text: string) => {
    const next = text.trim() || undefined;
    if (next !== name) onChange(next);
  };
  return (
    <form
      className={styles.name}
      onSubmit={(event) => {
        event.preventDefault();
        done(inputRef.current?.value ?? "");
      }}
    >
      <TextField
        ref={inputRef}
        label="Filter by name"
        labelHidden
        type="search"
        placeholder="order/* or */created"
        defaultValue={name ?? ""}
        maxLength={256}
        onBlur={(event) => done(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && inputRef.current?.blur()}
      />
    </form>
  );
}

function Started({ count }: { count: number }) {
  if (count === 0) return <span className="faint">− nothing</span>;
  return <span className="number">{count === 1 ? "1 run" : `${count} runs`}</span>;
}

/** The sender's own id as it is; of ours the end, which finds it everywhere. */
function shortId(event: ListedEvent): string {
  return event.id === event.event_id ? `…${event.event_id.slice(-8)}` : event.id;
}
