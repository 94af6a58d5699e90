import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { api, ask } from "../../api/client";
import { summary } from "../../approvals/summary";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { StateGlyph } from "../../ui/StateMark";
import { type Agent, approvalsOfAgent } from "../agent_queries";
import styles from "./Needs.module.css";

/** What this agent waits for from a person: decisions and answers, each with the way to it. */
export function Needs({ agent }: { agent: Agent }) {
  const id = useId();
  const { data: approvals } = useQuery({ ...approvalsOfAgent(agent.name), enabled: may("approvals:read") });
  const asks = agent.status_reason.kind === "question" && agent.run !== null;
  const { data: questions } = useQuery({ ...questionsOfRun(agent.run ?? ""), enabled: asks });
  const open = asks ? (questions ?? []) : [];
  if ((approvals ?? []).length + open.length === 0) return null;
  return (
    <section className={styles.needs} aria-labelledby={id}>
      <h2 id={id} className={styles.title}>
        <StateGlyph state="needs" /> {may("approvals:decide") ? "Needs you" : "Needs a person"}
      </h2>
      <ul className={styles.list}>
        {(approvals ?? []).map((approval) => (
          <li key={approval.id}>
            <Link to="/approvals/$id" params={{ id: approval.id }} className={styles.need}>
              <span className={styles.what}>
                <code className={styles.tool}>{approval.tool}</code>
                <Ago at={approval.created_at} className={styles.when} />
              </span>
              <span className={`truncate ${styles.args}`} title={JSON.stringify(approval.arguments)}>
                {summary(approval.arguments)}
              </span>
              <span className={styles.act}>Review</span>
            </Link>
          </li>
        ))}
        {open.map((question) => (
          <li key={question.id}>
            <Link
              to={question.task === null ? "/inbox" : "/board/$key"}
              params={question.task === null ? {} : { key: question.task }}
              search={question.task === null ? { view: "questions" } : {}}
              hash={question.task === null ? undefined : "question"}
              className={styles.need}
            >
              <span className={styles.what}>
                <span className={styles.asks}>asks {question.to ?? "a person"}</span>
                <Ago at={question.created_at} className={styles.when} />
              </span>
              <span className={styles.question} dir="auto">
                {question.question}
              </span>
              <span className={styles.act}>Answer</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function questionsOfRun(run: string) {
  return {
    queryKey: ["questions", "of run", run],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const found = (await ask(api.GET("/v1/questions", { params: { query: { state: "open", limit: 200 } }, signal }))).data;
      return found.filter((one) => one.run === run);
    },
  };
}
