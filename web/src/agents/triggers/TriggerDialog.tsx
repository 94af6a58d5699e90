import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { Problem } from "../../api/problem";
import { cronWords } from "../../functions/cron_words";
import { Button } from "../../ui/Button";
import { Chooser } from "../../ui/Chooser";
import { Dialog } from "../../ui/Dialog";
import { Failure } from "../../ui/Failure";
import { TextArea, TextField } from "../../ui/Field";
import type { Agent } from "../agent_queries";
import styles from "../Choices.module.css";

type By = "event" | "cron" | "webhook";
type Makes = "task" | "run";
const WHENS: readonly { value: By; label: string }[] = [
  { value: "event", label: "An event" },
  { value: "cron", label: "A time" },
  { value: "webhook", label: "A webhook" },
];
const WHATS: readonly { value: Makes; label: string }[] = [
  { value: "task", label: "A card of the board" },
  { value: "run", label: "A run without a card" },
];
const FIELDS = {
  ...{ event: "", if: "", cron: "0 9 * * 1-5", tz: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" },
  ...{ webhook: "", secret_env: "", title: "", description: "", prompt: "" },
};

/** Give an agent a trigger: what fires it, and what it is to do then. */
export function TriggerDialog({ agent, onClose, onDone }: { agent: Agent; onClose: () => void; onDone: () => void }) {
  const form = useId();
  const [by, setBy] = useState<By>("event");
  const [makes, setMakes] = useState<Makes>("task");
  const [fields, setFields] = useState(FIELDS);
  const giving = useMutation({
    mutationFn: () => {
      const params = { path: { agent: agent.name } };
      return ask(api.POST("/v1/agents/{agent}/triggers", { params, body: triggerOf(by, makes, fields) }));
    },
    onSuccess: onDone,
  });
  const fault = (name: string) => (giving.error instanceof Problem ? giving.error.fault(`/${name}`) : undefined);
  const field = (name: keyof typeof FIELDS) => ({
    value: fields[name],
    error: fault(name),
    onChange: (event: { target: { value: string } }) => setFields((held) => ({ ...held, [name]: event.target.value })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    giving.mutate();
  };
  const ready = fields[by].trim() !== "" && (makes === "task" ? fields.title : fields.prompt).trim() !== "";
  return (
    <Dialog
      open
      onClose={onClose}
      title={`What starts ${agent.name}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={giving.isPending} disabled={!ready}>
            Give it the trigger
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={submit}>
        <Chooser label="Fired by" options={WHENS} current={by} onChoose={setBy} />
        {by === "event" && (
          <>
            <TextField label="Event" placeholder="order/created" hint="A name, or a pattern: order/*" {...field("event")} />
            <TextField
              label="Only if (optional)"
              className="mono"
              placeholder="event.data.total > 1000"
              hint="An expression over the event."
              {...field("if")}
            />
          </>
        )}
        {by === "cron" && (
          <>
            <TextField
              label="Schedule"
              className="mono"
              hint={cronWords(fields.cron) ?? "Minute, hour, day, month, weekday"}
              {...field("cron")}
            />
            <TextField label="Time zone" {...field("tz")} />
          </>
        )}
        {by === "webhook" && (
          <>
            <TextField
              label="Name"
              placeholder="github"
              hint={`POST /hooks/${fields.webhook || "<name>"}`}
              {...field("webhook")}
            />
            <TextField
              label="Variable with its secret"
              className="mono"
              placeholder="GITHUB_WEBHOOK_SECRET"
              hint="Of the server's environment. What is not signed with it is refused."
              {...field("secret_env")}
            />
          </>
        )}
        <Chooser label="Becomes" options={WHATS} current={makes} onChoose={setMakes} />
        {makes === "task" ? (
          <>
            <TextField
              label="Title"
              placeholder={"Look at {{event.data.order_id}}"}
              hint="{{…}} are expressions over the event."
              {...field("title")}
            />
            <TextArea label="Description (optional)" rows={4} {...field("description")} />
          </>
        ) : (
          <TextArea label="What it is asked" rows={5} placeholder="Report what is open." {...field("prompt")} />
        )}
      </form>
      {giving.error !== null && <Failure reason={giving.error} />}
    </Dialog>
  );
}

/** What is sent: only what belongs to the way that was chosen. */
function triggerOf(by: By, makes: Makes, fields: typeof FIELDS): Schema<"AgentTriggerIn"> {
  const given = (name: keyof typeof FIELDS) => fields[name].trim() || undefined;
  const when =
    by === "event"
      ? { event: given("event"), if: given("if") }
      : by === "cron"
        ? { cron: given("cron"), tz: given("tz") }
        : { webhook: given("webhook"), secret_env: given("secret_env") };
  const what = makes === "task" ? { title: given("title"), description: given("description") } : { prompt: given("prompt") };
  return { ...when, ...what, makes } as Schema<"AgentTriggerIn">;
}
