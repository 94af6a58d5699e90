import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Problem } from "../api/problem";
import { DataForm, focusFirstFault, useData } from "../functions/DataForm";
import { functionList } from "../functions/queries";
import { schemaOf, sendableNames } from "../functions/trigger_name";
import { useShortcuts } from "../keys/shortcuts";
import { session } from "../session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { Answers } from "./Answers";
import { ByHand } from "./ByHand";
import { eventDetails, lastDataOf, type NewEvent, sendEvent } from "./queries";
import styles from "./SendEvent.module.css";
import { eventSnippets } from "./snippets";

type Props = { name?: string; data?: unknown; onClose: () => void };

/** Send an event by hand, and see what it begins. `data`: of an event that is sent again. */
export function SendEvent({ name, data, onClose }: Props) {
  const [sent, setSent] = useState<{ id: string; duplicate: boolean } | null>(null);
  if (sent !== null) return <Sent {...sent} onAgain={() => setSent(null)} onClose={onClose} />;
  return <Writing name={name} data={data} onClose={onClose} onSent={setSent} />;
}

function Writing({
  name: begun = "",
  data: known,
  onClose,
  onSent,
}: Props & { onSent: (sent: { id: string; duplicate: boolean }) => void }) {
  const listed = useId();
  const form = useId();
  const { data: functions, isPending } = useQuery(functionList);
  const [name, setName] = useState(begun);
  const [id, setId] = useState("");
  const [tried, setTried] = useState(false);
  const schema = schemaOf(name.trim(), functions ?? []);
  const data = useData(schema, known);
  const sending = useMutation({ mutationFn: sendEvent, onSuccess: onSent });
  const problem = sending.error instanceof Problem ? sending.error : null;
  const event: NewEvent = { name: name.trim(), data: data.value as Record<string, unknown>, ...(id ? { id } : {}) };
  const wrongName = nameFault(name.trim());
  const doubtful = data.faults.length > 0;

  const send = (anyway: boolean) => {
    if (isPending) return; // what its data should look like is not known yet
    setTried(true);
    if (wrongName !== undefined || data.unsendable || (doubtful && !anyway)) return focusFirstFault(form);
    sending.mutate(event);
  };
  const fill = () =>
    lastDataOf(event.name)
      .then((last) => (last === null ? undefined : data.set(last)))
      .catch(tell("The last event of this name could not be read"));
  useShortcuts([{ keys: "mod+enter", label: "Send it", group: "Send an event", run: () => send(tried), whileTyping: true }]);

  const faults = problem?.errors ?? [];
  const placed = faults.some((one) => /^\/(name|data|id)/.test(one.pointer ?? ""));
  return (
    <Dialog
      open
      onClose={onClose}
      title="Send an event"
      description="Every function that listens to its name gets a run. It is as real as any other event."
      size="large"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {tried && doubtful && !data.unsendable && (
            <Button disabled={sending.isPending} onClick={() => send(true)}>
              Send it all the same
            </Button>
          )}
          <Button look="ink" type="submit" form={form} busy={sending.isPending || isPending} hotkey="mod+Enter">
            Send
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={styles.form}
        noValidate
        onSubmit={(submitted) => {
          submitted.preventDefault();
          send(false);
        }}
      >
        <div className={styles.pair}>
          <TextField
            label="Name"
            list={listed}
            value={name}
            autoFocus={begun === ""}
            autoComplete="off"
            spellCheck={false}
            placeholder="order/created"
            error={tried ? (wrongName ?? problem?.fault("/name")) : undefined}
            onChange={(event) => setName(event.target.value)}
          />
          <TextField
            label="Id (optional)"
            value={id}
            autoComplete="off"
            spellCheck={false}
            maxLength={256}
            hint="The same id within 7 days is the same event: it starts nothing again."
            error={problem?.fault("/id")}
            onChange={(event) => setId(event.target.value)}
          />
        </div>
        <datalist id={listed}>
          {sendableNames(functions ?? []).map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <DataForm label="Data" schema={schema} data={data} tried={tried} faults={faults} at="/data" />
        <div>
          <Button size="small" disabled={wrongName !== undefined} onClick={fill}>
            Fill in the data of the last one
          </Button>
        </div>
        {sending.error !== null && !placed && <Failure reason={sending.error} />}
      </form>
      {!data.unsendable && wrongName === undefined && (
        <ByHand snippets={eventSnippets(event, location.origin, session().me.csrf_token !== null)} />
      )}
    </Dialog>
  );
}

/** What came of it: the runs that it began, as they go on. */
function Sent({ id, duplicate, onAgain, onClose }: { id: string; duplicate: boolean; onAgain: () => void; onClose: () => void }) {
  const navigate = useNavigate();
  const { data: event, error, refetch } = useQuery(eventDetails(id));
  return (
    <Dialog
      open
      onClose={onClose}
      title={duplicate ? "Known already" : "Sent"}
      description={
        duplicate
          ? "An event with this id came within the last 7 days. It started nothing again; this is what the first one did."
          : undefined
      }
      size="large"
      actions={
        <>
          <Button onClick={onAgain}>Send another</Button>
          <Button
            look="ink"
            autoFocus
            onClick={() => void navigate({ to: "/events/$id", params: { id: event?.event_id ?? id } })}
          >
            Open the event
          </Button>
        </>
      }
    >
      {error !== null && event === undefined ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : event === undefined ? (
        <Skeleton lines={4} label="Looking what it began" />
      ) : (
        <>
          <p>
            <code className={styles.name}>{event.name}</code> {began(event.runs.length)}
          </p>
          <Answers event={event} />
        </>
      )}
    </Dialog>
  );
}

function began(runs: number): string {
  if (runs === 0) return "began no run.";
  return runs === 1 ? "began one run." : `began ${runs} runs.`;
}

function nameFault(name: string): string | undefined {
  if (name === "") return "An event has a name.";
  if (/\s/.test(name)) return "A name has no spaces.";
  if (name.includes("*")) return "A star stands in what listens, not in what is sent.";
  if (/^(board|flowforge)\//.test(name)) return "Events of this name are sent by FlowForge alone.";
  if (name.length > 256) return "256 characters are the most.";
  return undefined;
}
