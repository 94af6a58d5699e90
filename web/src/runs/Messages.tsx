import { Brain, Wrench } from "lucide-react";
import type { Entry } from "../live/entry";
import { Json } from "../ui/Json";
import { Markdown } from "../ui/Markdown";
import styles from "./Messages.module.css";
import type { Said } from "./messages";

const ROLES: Record<string, string> = {
  system: "Instructions",
  user: "Asked",
  assistant: "Model",
  tool: "Tool's answer",
  developer: "Instructions",
};
const LONG = 1_200;

/** What was said to a model and what it answered; while it answers, as far as it has come. */
export function Messages({ asks, answers, live }: { asks: readonly Said[]; answers: readonly Said[]; live: readonly Entry[] }) {
  return (
    <ol className={styles.messages}>
      {[...asks, ...answers].map((said, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages only ever follow each other
        <Message key={index} said={said} />
      ))}
      {live.map((entry) => (
        <LiveMessage key={entry.id} entry={entry} />
      ))}
    </ol>
  );
}

function Message({ said }: { said: Said }) {
  const who = said.thought ? "Thought" : said.call !== undefined ? `Calls ${said.call.tool}` : (ROLES[said.role] ?? said.role);
  const json = said.role === "tool" || said.text.startsWith("{") ? objectOf(said.text) : undefined;
  return (
    <li className={`${styles.message} ${said.thought ? styles.thought : ""} ${said.role === "assistant" ? styles.model : ""}`}>
      <p className={styles.who}>
        {said.thought && <Brain size={12} aria-hidden="true" />}
        {said.call !== undefined && <Wrench size={12} aria-hidden="true" />}
        {who}
      </p>
      {said.call !== undefined ? (
        <Json value={said.call.args} label={`Arguments of ${said.call.tool}`} />
      ) : json !== undefined ? (
        <Json value={json} label={who} />
      ) : said.text.length > LONG ? (
        <Long text={said.text} />
      ) : said.role === "assistant" ? (
        <Markdown text={said.text} />
      ) : (
        <p className={styles.text} dir="auto">
          {said.text}
        </p>
      )}
    </li>
  );
}

/** What tools and typed answers say is an object more often than not: shown as one it can be read. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

function Long({ text }: { text: string }) {
  return (
    <details>
      <summary className={styles.text}>{text.slice(0, 400)}…</summary>
      <p className={styles.text} dir="auto">
        {text}
      </p>
    </details>
  );
}

function LiveMessage({ entry }: { entry: Entry }) {
  if (entry.kind === "event") return null;
  const thought = entry.kind === "reasoning";
  return (
    <li className={`${styles.message} ${styles.model} ${thought ? styles.thought : ""}`}>
      <p className={styles.who}>
        {thought && <Brain size={12} aria-hidden="true" />}
        {entry.kind === "tool" ? `Calls ${entry.tool}` : thought ? "Thinks" : "Says"}
      </p>
      <p className={styles.text} dir="auto">
        {entry.kind === "tool" ? entry.args : entry.text}
        {entry.kind !== "tool" && !entry.done && <span className={styles.caret} aria-hidden="true" />}
      </p>
    </li>
  );
}
