import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { may } from "../session";
import { Button } from "../ui/Button";
import { Chooser } from "../ui/Chooser";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextArea, TextField } from "../ui/Field";
import { Picker } from "../ui/Picker";
import type { Agent } from "./agent_queries";
import styles from "./Choices.module.css";

type Way = "new" | "card" | "question";
const WAYS: readonly { value: Way; label: string }[] = [
  { value: "new", label: "A new task" },
  { value: "card", label: "A card of the board" },
  { value: "question", label: "A question, without a card" },
];
const PRIORITIES = ["none", "low", "medium", "high", "urgent"] as const;

/** Give an agent something to do: a new card, one that is there, or a question whose answer is its run's output. */
export default function AssignTask({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useId();
  const [way, setWay] = useState<Way>("new");
  const [title, setTitle] = useState("");
  const [words, setWords] = useState("");
  const [priority, setPriority] = useState<(typeof PRIORITIES)[number]>("none");
  const [card, setCard] = useState<string | null>(null);
  const assigning = useMutation({
    mutationFn: async () => {
      if (way === "card") return give(card ?? "", agent.name);
      if (way === "question") {
        const params = { path: { agent: agent.name } };
        return ask(api.POST("/v1/agents/{agent}/runs", { params, body: { prompt: words.trim() } }));
      }
      const body = { title: title.trim(), description: words.trim(), priority, assignee: { agent: agent.name, start: true } };
      return ask(api.POST("/v1/tasks", { body }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["agent", agent.name] });
      onClose();
      void navigate({ to: "/agents/$name", params: { name: agent.name }, search: {} });
    },
  });
  const fault = (pointer: string) => (assigning.error instanceof Problem ? assigning.error.fault(pointer) : undefined);
  const ready = way === "new" ? title.trim() !== "" : way === "card" ? card !== null : words.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) assigning.mutate();
  };
  const asks = may("agents:write");
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Give ${agent.name} something to do`}
      description={
        agent.paused_at === null
          ? "It begins as soon as there is room, and you can watch it and speak to it."
          : `${agent.name} is paused: what you give it waits until it is resumed.`
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={assigning.isPending} disabled={!ready}>
            {way === "question" ? "Ask" : "Assign"}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={submit}>
        <Chooser label="What" options={WAYS.filter((one) => one.value !== "question" || asks)} current={way} onChoose={setWay} />
        {way === "card" && <Cards agent={agent.name} value={card} onChange={setCard} />}
        {way === "new" && (
          <TextField
            label="Title"
            value={title}
            autoFocus
            maxLength={500}
            error={fault("/title")}
            onChange={(event) => setTitle(event.target.value)}
          />
        )}
        {way !== "card" && (
          <TextArea
            label={way === "new" ? "Description" : "Question"}
            hint={way === "new" ? "Markdown. It reads it as its task." : "The answer stands at the end of its run."}
            rows={6}
            value={words}
            error={fault(way === "new" ? "/description" : "/prompt")}
            onChange={(event) => setWords(event.target.value)}
          />
        )}
        {way === "new" && (
          <SelectField
            label="Priority"
            value={priority}
            hint="More urgent work goes before what waits already."
            onChange={(event) => setPriority(event.target.value as typeof priority)}
          >
            {PRIORITIES.map((one) => (
              <option key={one} value={one}>
                {one === "none" ? "No priority" : one.charAt(0).toUpperCase() + one.slice(1)}
              </option>
            ))}
          </SelectField>
        )}
      </form>
      {assigning.error !== null && <Failure reason={assigning.error} />}
    </Dialog>
  );
}

/** Give a card to the agent; what it is doing for somebody else is cancelled there, so only cards that nobody works on are offered. */
function give(key: string, agent: string) {
  return ask(api.PUT("/v1/tasks/{key}/assignee", { params: { path: { key } }, body: { agent, start: true } }));
}

function Cards({ agent, value, onChange }: { agent: string; value: string | null; onChange: (key: string | null) => void }) {
  const { data } = useQuery({
    queryKey: ["agent", agent, "cards to give"],
    queryFn: async ({ signal }) => {
      const query = { assignee: "nobody", sort: "updated" as const, limit: 200 };
      return (await ask(api.GET("/v1/tasks", { params: { query }, signal }))).data;
    },
    staleTime: 0,
    gcTime: 0,
  });
  const options = (data ?? []).map((task) => ({ value: task.key, label: `${task.key} ${task.title}`, hint: task.column }));
  return (
    <Picker
      label="Card"
      options={options}
      value={value}
      onChange={onChange}
      placeholder={data?.length === 0 ? "Every card has somebody" : "A card that nobody has"}
      noMatch="No such card, or somebody has it"
      hint="Cards that belong to nobody. Others are given away on their own page."
    />
  );
}
