import { useQuery, useQueryClient } from "@tanstack/react-query";
import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import { api, ask } from "../../api/client";
import { useShortcuts } from "../../keys/shortcuts";
import { runLabel } from "../../live/lines";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { StateGlyph } from "../../ui/StateMark";
import { tell } from "../../ui/tell";
import { type Agent, type Message, messagesOf, type Run, runsInHand } from "../agent_queries";
import { isAtWork } from "../agent_status";
import styles from "./Steering.module.css";
import { type Sent, shownMessages, whereItIs } from "./steering";

/** A line to speak to an agent at work: it reads it at its next turn. What was sent says where it is. */
export function Steering({ agent, box }: { agent: Agent; box: RefObject<HTMLTextAreaElement | null> }) {
  const { data: runs } = useQuery({ ...runsInHand(agent.name), enabled: may("runs:read") });
  const [chosen, setChosen] = useState<string | null>(null);
  if (!may("agents:write")) return <p className={styles.none}>You may watch {agent.name}, not speak to it.</p>;
  const open = runs ?? [];
  const run = open.find((one) => one.id === chosen)?.id ?? agent.run ?? open[0]?.id ?? null;
  if (run === null || (!isAtWork(agent) && open.length === 0))
    return (
      <p className={styles.none}>
        {agent.name} has nothing in hand. A message reaches it while it works; give it a task, or mention it in a comment.
      </p>
    );
  return <Line key={run} agent={agent} run={run} runs={open} onRun={setChosen} box={box} />;
}

function Line({
  agent,
  run,
  runs,
  onRun,
  box,
}: {
  agent: Agent;
  run: string;
  runs: readonly Run[];
  onRun: (run: string) => void;
  box: RefObject<HTMLTextAreaElement | null>;
}) {
  const client = useQueryClient();
  const hint = useId();
  const [text, setText] = useState("");
  const [sending, setSending] = useState<Sent[]>([]);
  const opened = useRef(new Date().toISOString());
  const { data: messages } = useQuery(messagesOf(run));
  const held = agent.status === "paused" || agent.status === "waiting";
  const shown = shownMessages(messages ?? [], sending, opened.current);

  useShortcuts([{ keys: "m", label: `Speak to ${agent.name}`, group: "Agent", run: () => box.current?.focus() }]);
  // As high as what is written in it, up to a point.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is written says how high it is
  useEffect(() => {
    const area = box.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 160)}px`;
  }, [text]);

  const send = () => {
    const said = text.trim();
    if (said === "") return;
    const draft: Sent = {
      ...{ id: `draft ${Date.now()}`, text: said, state: "waiting", turn: null, author: "", sending: true },
      created_at: new Date().toISOString(),
    };
    setText("");
    setSending((before) => [...before, draft]);
    ask(api.POST("/v1/runs/{run_id}/messages", { params: { path: { run_id: run } }, body: { text: said } }))
      .then(
        (told) => client.setQueryData<Message[]>(messagesOf(run).queryKey, (known) => withMessage(known, told)),
        (reason: unknown) => {
          tell(`${agent.name} was not told`)(reason);
          setText((newer) => newer || said);
        },
      )
      .finally(() => setSending((before) => before.filter((one) => one !== draft)));
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") return event.currentTarget.blur();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <div className={styles.steering}>
      {shown.length > 0 && (
        <ul className={styles.sent} aria-label="What was said to it" aria-live="polite">
          {shown.map((one) => (
            <li key={one.id} className={styles.message}>
              <StateGlyph
                state={
                  one.sending ? "queued" : one.state === "seen" ? "completed" : one.state === "missed" ? "failed" : "waiting"
                }
              />
              <span className={styles.text} dir="auto">
                {one.text}
              </span>
              <span className={`${styles.where} ${one.state === "missed" ? styles.missed : ""}`}>{whereItIs(one, held)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className={styles.line}>
        <textarea
          ref={box}
          className={styles.box}
          aria-label={`Speak to ${agent.name}`}
          aria-describedby={hint}
          placeholder={`Speak to ${agent.name}: it reads it ${held ? "when it goes on" : "at its next turn"}`}
          rows={1}
          maxLength={20_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
        />
        {runs.length > 1 && (
          <select
            className={styles.run}
            aria-label="To which of its runs"
            value={run}
            onChange={(event) => onRun(event.target.value)}
          >
            {runs.map((one) => (
              <option key={one.id} value={one.id}>
                {one.task ?? runLabel(one.id)}
              </option>
            ))}
          </select>
        )}
        <Button look="ink" icon={<SendHorizontal size={14} />} disabled={text.trim() === ""} onClick={send}>
          Send
        </Button>
      </div>
      <p id={hint} className="visually-hidden">
        Enter sends it, Shift and Enter begin a new line. Nothing that it does is interrupted.
      </p>
    </div>
  );
}

function withMessage(known: Message[] | undefined, told: Message): Message[] {
  if (known === undefined) return [told];
  return known.some((one) => one.id === told.id) ? known : [...known, told];
}
