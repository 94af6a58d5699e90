import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, Send } from "lucide-react";
import { useState } from "react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { copyText } from "../ui/copy";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Json } from "../ui/Json";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { CopyButton } from "../ui/Snippet";
import { Answers } from "./Answers";
import { AskFunction } from "./AskFunction";
import styles from "./EventPage.module.css";
import { type EventDetails, eventDetails } from "./queries";
import { SendEvent } from "./SendEvent";

/** One event: what it said, what it started, and why the rest did not start. */
export function EventPage() {
  const { id } = useParams({ from: "/events/$id" });
  const { fn } = useSearch({ from: "/events/$id" });
  const navigate = useNavigate();
  const { data: event, error, refetch } = useQuery(eventDetails(id));
  const [again, setAgain] = useState(false);
  const whole = event !== undefined && !JSON.stringify(event.data).includes("[redacted]");
  const resend = event !== undefined && whole && isOurs(event.name) === false && may("events:send");
  useShortcuts([
    { keys: "Escape", label: "Back to events", group: "Event", run: () => void navigate({ to: "/events" }) },
    { keys: ".", label: "Copy its id", group: "Event", run: () => event && void copyText(event.id) },
    ...(resend ? [{ keys: "s", label: "Send again", group: "Event", run: () => setAgain(true) }] : []),
  ]);

  if (error !== null && event === undefined) {
    return (
      <Page title="Event" heading={<Heading name="Event" />}>
        {error instanceof Problem && error.status === 404 ? (
          <Empty title="There is no such event" action={<Link to="/events">See the newest events</Link>}>
            Events are deleted after a while (see{" "}
            <Link to="/settings/$section" params={{ section: "retention" }}>
              retention
            </Link>
            ), or the address is not whole.
          </Empty>
        ) : (
          <Failure reason={error} retry={() => void refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={event?.name ?? "Event"}
      heading={<Heading name={event?.name ?? "Event"} />}
      aside={
        resend && (
          <Button icon={<Send size={14} />} hotkey="s" onClick={() => setAgain(true)}>
            Send again
          </Button>
        )
      }
    >
      {event === undefined ? (
        <Skeleton lines={8} label="Loading the event" />
      ) : (
        <>
          <Origin event={event} />
          <div className={styles.columns}>
            <div className={styles.part}>
              <h2 className={styles.title}>
                What it started <span className={styles.count}>{counted(event)}</span>
              </h2>
              <Answers event={event} />
              <AskFunction event={event} fn={fn} />
            </div>
            <div className={styles.part}>
              <h2>Data</h2>
              {!whole && (
                <p className="quiet">
                  Some values are not shown to you: their functions declare them sensitive. It can be sent again by who may see
                  them.
                </p>
              )}
              <Json value={event.data} label="Data" />
            </div>
          </div>
        </>
      )}
      {again && event !== undefined && <SendEvent name={event.name} data={event.data} onClose={() => setAgain(false)} />}
    </Page>
  );
}

function Heading({ name }: { name: string }) {
  return (
    <>
      <Link to="/events" className={styles.back} aria-label="Back to events">
        <ChevronLeft size={18} />
      </Link>
      <span className={styles.name} title={name}>
        {name}
      </span>
    </>
  );
}

/** When it came, from where, and under which names it is known. */
function Origin({ event }: { event: EventDetails }) {
  return (
    <dl className={styles.facts}>
      <div>
        <dt>Received</dt>
        <dd>
          <Ago at={event.received_at} />
        </dd>
      </div>
      <div>
        <dt>From</dt>
        <dd>{cameFrom(event)}</dd>
      </div>
      <div>
        <dt>Id</dt>
        <dd className={styles.id}>
          <code className="truncate" title={event.id}>
            {event.id}
          </code>
          <CopyButton text={event.id} label="Copy the id" />
        </dd>
      </div>
      {event.test && (
        <div>
          <dt>Kind</dt>
          <dd>
            <Chip>test</Chip>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** How many ran of how many that listen. */
function counted(event: EventDetails): string {
  const ran = event.functions.filter((one) => one.outcome === "ran").length;
  const listening = event.functions.filter((one) => one.outcome !== "other_name").length;
  if (listening === 0) return "";
  return ran === listening ? `${ran} of ${ran === 1 ? "one function" : `${ran} functions`}` : `${ran} of ${listening} functions`;
}

/** An event of the platform's own: nobody may send one. */
function isOurs(name: string): boolean {
  return name.startsWith("flowforge/") || name.startsWith("board/");
}

function cameFrom(event: EventDetails): string {
  if (event.name.startsWith("flowforge/cron/")) return "a schedule";
  if (event.name.startsWith("board/")) return "the board";
  if (isOurs(event.name)) return "FlowForge itself";
  const sender = event.test ? "sent with a test key" : "sent from outside";
  return event.id === event.event_id ? sender : `${sender}, under an id of its own`;
}
