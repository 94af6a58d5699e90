import { Link } from "@tanstack/react-router";
import { Brain, ChevronRight, MessageSquareText, UserRound, Wrench } from "lucide-react";
import { memo, type ReactNode, useContext } from "react";
import { absolute } from "../ui/Ago";
import { duration } from "../ui/duration";
import { Json } from "../ui/Json";
import { Markdown } from "../ui/Markdown";
import { StateGlyph } from "../ui/StateMark";
import type { Happening, ToolCall, Utterance } from "./entry";
import { text } from "./frame";
import { tellHappening } from "./happening";
import { brief, type Line, resultWord, runLabel, sinceStart } from "./lines";
import { type Quoted, Quotes } from "./quotes";
import styles from "./TranscriptLine.module.css";

type Props = { line: Line; open: boolean; onToggle: (id: string) => void };

/** A longer message is drawn as Markdown only once it is complete: it is read anew with each of its pieces. */
const DRAWN_LIVE_MAX = 8_000;

/** One line of a transcript. It is drawn anew only when its entry changes. */
export const TranscriptLine = memo(function TranscriptLine({ line, open, onToggle }: Props) {
  if (line.kind === "run") return <RunLine run={line.run} when={line.when} />;
  const toggle = () => onToggle(line.id);
  const { entry } = line;
  const time = <Time since={line.since} when={entry.when} />;
  if (entry.kind === "tool") return <ToolLine call={entry} time={time} open={open} toggle={toggle} />;
  if (entry.kind === "event") return <EventLine entry={entry} time={time} />;
  if (entry.kind === "reasoning") return <ThoughtLine said={entry} time={time} open={open} toggle={toggle} />;
  return (
    <div className={styles.line}>
      {time}
      <span className={styles.glyph}>
        <MessageSquareText size={14} aria-label="Message" />
      </span>
      {entry.done || entry.text.length < DRAWN_LIVE_MAX ? (
        <Markdown text={entry.text} className={`${styles.message} ${entry.done ? "" : styles.speaking}`} />
      ) : (
        <div className={styles.said}>
          {entry.text}
          <Caret />
        </div>
      )}
    </div>
  );
});

function Time({ since, when }: { since: number | null; when: number | null }) {
  const title = when === null ? undefined : absolute(new Date(when).toISOString());
  return (
    <span className={styles.time} title={title}>
      {since === null ? "" : sinceStart(since)}
    </span>
  );
}

function RunLine({ run, when }: { run: string; when: number | null }) {
  return (
    <p className={styles.run}>
      <Link to="/runs/$id" params={{ id: run }} className="mono" title={run}>
        Run {runLabel(run)}
      </Link>
      {when !== null && <span className="faint number">{absolute(new Date(when).toISOString())}</span>}
    </p>
  );
}

function ToolLine({ call, time, open, toggle }: { call: ToolCall; time: ReactNode; open: boolean; toggle: () => void }) {
  return (
    <div className={`${styles.tool} ${call.state === "waiting" ? styles.needs : ""}`}>
      <button type="button" className={styles.line} aria-expanded={open} onClick={toggle}>
        {time}
        <span className={styles.glyph}>
          <Wrench size={14} aria-label="Tool" />
        </span>
        <span className={styles.call}>
          <span className={styles.toolName}>{call.tool}</span>
          <span className={styles.args}>
            {brief(call.args)}
            {call.state === "speaking" && <Caret />}
          </span>
        </span>
        <span className={styles.result}>
          <Outcome call={call} />
          <ChevronRight size={14} className={open ? styles.turned : undefined} aria-hidden="true" />
        </span>
      </button>
      {call.state === "waiting" && call.approval !== undefined && (
        <p className={styles.ask}>
          <Link to="/approvals/$id" params={{ id: call.approval }} className={styles.decide}>
            Decide
          </Link>
          <span className="quiet">{call.why}</span>
        </p>
      )}
      {open && <ToolDetail call={call} />}
    </div>
  );
}

function Outcome({ call }: { call: ToolCall }) {
  const took = call.ms === undefined ? null : <span className="faint number">{duration(call.ms)}</span>;
  switch (call.state) {
    case "completed":
      return (
        <>
          <span className={styles.value}>→ {resultWord(call.result, call.truncated === true)}</span>
          {took}
        </>
      );
    case "failed":
      return (
        <>
          <StateGlyph state="failed" />
          <span className={styles.failed}>failed</span>
          {took}
        </>
      );
    case "waiting":
      return (
        <>
          <StateGlyph state="needs" />
          <span className={styles.asks}>needs a person</span>
        </>
      );
    case "decided":
      return <span className="quiet">{call.decision}</span>;
    case "executing":
      return (
        <>
          <StateGlyph state="running" />
          <span className={styles.live}>running</span>
        </>
      );
    case "started":
      return <span className="faint">asked for</span>;
    default:
      return null;
  }
}

function ToolDetail({ call }: { call: ToolCall }) {
  return (
    <div className={styles.detail}>
      {call.asked !== undefined && (
        <>
          <p className={styles.label}>Arguments the model asked for</p>
          <Json value={pretty(call.asked)} label="Arguments asked for" />
        </>
      )}
      <p className={styles.label}>{call.asked === undefined ? "Arguments" : "Arguments as a person changed them"}</p>
      <Json value={pretty(call.args)} label="Arguments" />
      {call.state === "completed" && (
        <>
          <p className={styles.label}>Result</p>
          <Json value={call.result} label="Result" />
          {call.truncated && (
            <p className="faint">
              This is the beginning.{" "}
              <Link to="/runs/$id" params={{ id: call.run ?? "" }} search={{ step: `${call.tool}:${call.callId}` }}>
                The step of the run
              </Link>{" "}
              holds all of it.
            </p>
          )}
        </>
      )}
      {call.state === "failed" && (
        <>
          <p className={styles.label}>Error</p>
          <Json value={call.error} label="Error" />
        </>
      )}
    </div>
  );
}

/** Quiet: while it is thought it can be read, afterwards its first line stands for it. */
function ThoughtLine({ said, time, open, toggle }: { said: Utterance; time: ReactNode; open: boolean; toggle: () => void }) {
  if (!said.done) {
    return (
      <div className={styles.line}>
        {time}
        <span className={styles.glyph}>
          <Brain size={14} aria-label="Thought" />
        </span>
        <div className={`${styles.said} ${styles.thought}`}>
          {said.text}
          {!said.passed && <Caret />}
        </div>
      </div>
    );
  }
  return (
    <button type="button" className={styles.line} aria-expanded={open} onClick={toggle}>
      {time}
      <span className={styles.glyph}>
        <Brain size={14} aria-label="Thought" />
      </span>
      <span className={`${styles.said} ${styles.thought} ${open ? "" : styles.first}`}>{said.text}</span>
    </button>
  );
}

function EventLine({ entry, time }: { entry: Happening; time: ReactNode }) {
  const quoted = useContext(Quotes).get(text(entry.frame, "agent_message") ?? "");
  if (quoted !== undefined) return <QuoteLine quoted={quoted} time={time} />;
  const told = tellHappening(entry);
  return (
    <div className={`${styles.line} ${told.state === "needs" ? styles.needs : ""} ${told.state === "failed" ? styles.bad : ""}`}>
      {time}
      <span className={styles.glyph}>
        <StateGlyph state={told.state} />
      </span>
      <span className={styles.event}>
        {told.words}
        {told.more !== undefined && <span className={styles.more}>{told.more}</span>}
      </span>
      <span className={styles.result}>
        {told.took !== undefined && <span className="faint number">{told.took}</span>}
        {told.approval !== undefined && (
          <Link to="/approvals/$id" params={{ id: told.approval }}>
            {told.state === "needs" ? "Decide" : "The approval"}
          </Link>
        )}
        {told.task !== undefined && (
          <Link to="/board/$key" params={{ key: told.task }}>
            {told.task}
          </Link>
        )}
      </span>
    </div>
  );
}

/** What somebody said to the agent, at the place where it heard it. */
function QuoteLine({ quoted, time }: { quoted: Quoted; time: ReactNode }) {
  return (
    <div className={`${styles.line} ${styles.quote}`}>
      {time}
      <span className={styles.glyph}>
        <UserRound size={14} aria-label="Said to it" />
      </span>
      <span className={styles.said} dir="auto">
        <strong>{quoted.by}</strong> {quoted.text}
      </span>
      <span className={styles.result}>
        <span className="faint number">{quoted.turn === null ? "delivered" : `delivered at turn ${quoted.turn}`}</span>
      </span>
    </div>
  );
}

function Caret() {
  return <span className={styles.caret} aria-hidden="true" />;
}

function pretty(args: string): unknown {
  try {
    return JSON.parse(args);
  } catch {
    return args;
  }
}
