import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useState } from "react";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { tell } from "../ui/tell";
import { tellRun } from "./acts";
import type { Run } from "./list_filter";
import { runMessages } from "./queries";
import styles from "./Talk.module.css";

/** What people said to the agent of this run, and a line to say more. It reads it at its next turn. */
export function Talk({ run }: { run: Run }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const { data } = useQuery(runMessages(run.id));
  const send = () => {
    if (text.trim() === "") return;
    setBusy(true);
    tellRun(run.id, text.trim())
      .then(() => {
        setText("");
        return client.invalidateQueries({ queryKey: ["runs", "messages", run.id] });
      }, tell("The message was not sent"))
      .finally(() => setBusy(false));
  };
  return (
    <section className={styles.talk} aria-label={`Messages to ${run.agent}`}>
      {data !== undefined && data.length > 0 && (
        <ul className={styles.messages}>
          {data.map((message) => (
            <li key={message.id} className={styles.message}>
              <strong>{message.author}</strong>
              <span className={styles.text} dir="auto">
                {message.text}
              </span>
              <span className="faint">
                {message.state === "seen"
                  ? `seen at turn ${message.turn}`
                  : message.state === "missed"
                    ? "not seen any more"
                    : "not seen yet"}
              </span>
              <Ago at={message.created_at} className="faint" />
            </li>
          ))}
        </ul>
      )}
      {may("agents:write") && (
        <form
          className={styles.say}
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <TextField
            label={`Say something to ${run.agent}`}
            labelHidden
            placeholder={`Say something to ${run.agent}: it reads it at its next turn`}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button type="submit" icon={<Send size={14} />} busy={busy} disabled={text.trim() === ""}>
            Send
          </Button>
        </form>
      )}
    </section>
  );
}
