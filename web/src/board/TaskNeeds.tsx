import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Schema } from "../api/client";
import { brief } from "../live/lines";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Markdown } from "../ui/Markdown";
import { StateGlyph } from "../ui/StateMark";
import { Section } from "./Section";
import styles from "./TaskNeeds.module.css";
import { approvalsOf, questionsOf } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

/** What this task waits for from a person: decisions, with a way to them, and questions, answered right here. */
export function TaskNeeds({ task, acts }: { task: string; acts: TaskActs }) {
  const { data: approvals } = useQuery({ ...approvalsOf(task), enabled: may("approvals:read") });
  const { data: questions } = useQuery(questionsOf(task));
  const waiting = approvals ?? [];
  const open = questions ?? [];
  if (waiting.length + open.length === 0) return null;
  return (
    <Section
      id="question"
      tone="needs"
      title={
        <>
          <StateGlyph state="needs" /> Needs you
        </>
      }
    >
      <ul className={styles.needs}>
        {waiting.map((approval) => (
          <Decision key={approval.id} approval={approval} />
        ))}
        {open.map((question) => (
          <Question key={question.id} question={question} acts={acts} first={question === open[0]} />
        ))}
      </ul>
    </Section>
  );
}

function Decision({ approval }: { approval: Schema<"ApprovalOut"> }) {
  return (
    <li className={styles.need}>
      <div className={styles.words}>
        <p>
          {approval.agent ?? "The run"} wants to call <code>{approval.tool}</code>
          {approval.consequence !== null && <>: {approval.consequence}</>}
        </p>
        <p className={`mono truncate ${styles.args}`} title={JSON.stringify(approval.arguments)}>
          {brief(JSON.stringify(approval.arguments))}
        </p>
        <Ago at={approval.created_at} className="quiet" />
      </div>
      <Link to="/approvals/$id" params={{ id: approval.id }} className={styles.review}>
        Review
      </Link>
    </li>
  );
}

function Question({ question, acts, first }: { question: Schema<"QuestionOut">; acts: TaskActs; first: boolean }) {
  const [text, setText] = useState("");
  const [sent, setSent] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  // Who came from the card's “Answer” wants to answer.
  useEffect(() => {
    if (first && location.hash === "#question") field.current?.focus();
  }, [first]);
  const answer = (words: string) => {
    setSent(words);
    void acts.answer(question.id, words).then((taken) => !taken && setSent(null));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") answer(text.trim());
  };
  return (
    <li className={styles.need}>
      <div className={styles.words}>
        <p className="quiet">
          {question.agent ?? "The run"} asks{question.to === null ? "" : ` ${question.to}`}, <Ago at={question.created_at} />
        </p>
        <Markdown text={question.question} />
        {may("tasks:write") && (
          <>
            {question.options !== null && (
              <fieldset className={styles.options}>
                <legend className="visually-hidden">Answers</legend>
                {question.options.map((option) => (
                  <Button
                    key={option}
                    look="needs"
                    busy={sent === option}
                    disabled={sent !== null}
                    onClick={() => answer(option)}
                  >
                    {option}
                  </Button>
                ))}
              </fieldset>
            )}
            {question.options === null && (
              <form className={styles.answer} onSubmit={submit}>
                <TextField
                  ref={field}
                  label="Answer"
                  labelHidden
                  placeholder="Your answer"
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                />
                <Button look="needs" type="submit" busy={sent !== null} disabled={text.trim() === ""}>
                  Answer
                </Button>
              </form>
            )}
          </>
        )}
      </div>
    </li>
  );
}
