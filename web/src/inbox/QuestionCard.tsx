import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { Due } from "../approvals/Due";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextArea } from "../ui/Field";
import { StateMark } from "../ui/StateMark";
import styles from "./Questions.module.css";
import { openQuestions, type Question } from "./queries";

/** A question of an agent's with its answer: by choosing one, or in words. Its words are the model's. */
export function QuestionCard({ question, isOpen }: { question: Question; isOpen: boolean }) {
  const client = useQueryClient();
  const id = useId();
  const [answer, setAnswer] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const { data: settled } = useQuery({
    queryKey: ["questions", "one", question.id],
    queryFn: ({ signal }) => ask(api.GET("/v1/questions/{question}", { params: { path: { question: question.id } }, signal })),
    enabled: !isOpen,
  });
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (answer.trim() === "" || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      const told = await ask(
        api.POST("/v1/questions/{question}/answer", {
          params: { path: { question: question.id } },
          body: { answer: answer.trim() },
        }),
      );
      client.setQueryData(["questions", "one", question.id], told);
      client.setQueryData<Question[]>(openQuestions.queryKey, (held) => held?.filter((one) => one.id !== question.id));
    } catch (reason) {
      setFailure(reason instanceof Problem ? reason : Problem.unreachable());
      if (reason instanceof Problem && [409, 410].includes(reason.status))
        void client.invalidateQueries({ queryKey: ["questions"] });
    } finally {
      setBusy(false);
    }
  };

  return (
    <article className={`${styles.card} ${isOpen ? "" : styles.over}`} aria-labelledby={id}>
      <p className={styles.head}>
        {question.agent !== null && (
          <Link to="/agents/$name" params={{ name: question.agent }} className={styles.who}>
            <Avatar name={question.agent} kind="agent" size={18} /> <span>{question.agent}</span>
          </Link>
        )}
        <span className="quiet">
          asks {question.to === null ? "whoever knows" : question.to} · <Ago at={question.created_at} />
        </span>
        {question.task !== null && (
          <Link to="/board/$key" params={{ key: question.task }}>
            {question.task}
          </Link>
        )}
        {isOpen && question.expires_at !== null && (
          <strong>
            <Due at={question.expires_at} />
          </strong>
        )}
      </p>
      <h2 id={id} className={styles.question} dir="auto">
        {question.question}
      </h2>
      {isOpen ? (
        may("tasks:write") ? (
          <form className={styles.form} onSubmit={(event) => void send(event)}>
            {question.options === null ? (
              <TextArea
                label="Your answer"
                rows={2}
                value={answer}
                onChange={(event) => setAnswer(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send(event);
                }}
              />
            ) : (
              <fieldset className={styles.options} aria-label="Your answer">
                {question.options.map((option) => (
                  <label key={option} className={styles.option}>
                    <input type="radio" name={id} value={option} checked={answer === option} onChange={() => setAnswer(option)} />
                    <span dir="auto">{option}</span>
                  </label>
                ))}
              </fieldset>
            )}
            {failure !== null && <Failure reason={failure} />}
            <div>
              <Button
                type="submit"
                look="ink"
                busy={busy}
                disabled={answer.trim() === ""}
                hotkey={question.options === null ? "mod+Enter" : "Enter"}
              >
                Answer
              </Button>
            </div>
          </form>
        ) : (
          <p className="quiet">You can read this, but answering is for members.</p>
        )
      ) : (
        <p role="status" className={styles.answer}>
          {settled === undefined ? (
            <span className="quiet">It is answered, or nobody waits for an answer any more.</span>
          ) : settled.answer === null ? (
            <StateMark state="skipped" word={settled.state === "open" ? "still open" : `${settled.state} without an answer`} />
          ) : (
            <>
              <StateMark state="completed" word={`answered by ${settled.answered_by ?? "somebody"}`} />{" "}
              <Ago at={settled.answered_at} />
              <span className={styles.said} dir="auto">
                {settled.answer}
              </span>
            </>
          )}
        </p>
      )}
    </article>
  );
}
