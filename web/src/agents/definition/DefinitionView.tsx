import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { may } from "../../session";
import { skillDetail } from "../../skills/queries";
import { nameAndVersion } from "../../skills/skill_words";
import { EffectMark } from "../../tools/EffectMark";
import { useTools } from "../../tools/queries";
import { approvalWords } from "../../tools/tool_words";
import { Json } from "../../ui/Json";
import { Markdown } from "../../ui/Markdown";
import { money } from "../../ui/money";
import { budgetOf, PERIODS } from "../budget_text";
import styles from "./DefinitionView.module.css";
import { type Definition, type PlainDefinition, plainOf } from "./plain";
import { useWhole } from "./SkillsField";

/** A definition to be read: what it says, and nothing of what it leaves as it would be anyway. */
export function DefinitionView({ definition }: { definition: Definition }) {
  const plain = plainOf(definition);
  return (
    <div className={styles.view}>
      <section className={styles.part} aria-label="Instructions">
        <h3>Instructions</h3>
        {plain.instructions === undefined ? (
          <p className="faint">None: it goes by its cards alone.</p>
        ) : (
          <Markdown text={plain.instructions} className={styles.words} />
        )}
      </section>
      <dl className={styles.facts}>
        <Fact label="Model">
          <span className="mono">{definition.model}</span>
          {plain.fallbacks !== undefined && (
            <span className="quiet">
              , then <span className="mono">{plain.fallbacks.join(", ")}</span>
            </span>
          )}
        </Fact>
        {plain.description !== undefined && (
          <Fact label="What it is for">
            <span dir="auto">{plain.description}</span>
          </Fact>
        )}
        <Fact label="Skills">{plain.skills === undefined ? <None /> : <Skills skills={plain.skills} />}</Fact>
        <Fact label="Tools">
          <Tools tools={plain.tools ?? []} approval={plain.approval ?? {}} />
        </Fact>
        {plain.mcp_servers !== undefined && (
          <Fact label="MCP servers">
            <Names names={plain.mcp_servers} to={(server) => ({ to: "/tools", search: { view: "servers", server } })} />
          </Fact>
        )}
        {plain.delegates_to !== undefined && (
          <Fact label="May give work to">
            <Names names={plain.delegates_to} to={(name) => ({ to: "/agents/$name", params: { name } })} />
          </Fact>
        )}
        <Fact label="Budget">{budgetWords(plain)}</Fact>
        <Fact label="One run">{limitWords(plain)}</Fact>
        <Fact label="Runs at once">{plain.concurrency ?? <None>no limit</None>}</Fact>
        <Fact label="Finished cards go to">{definition.done_column ?? "Review"}</Fact>
        {plain.memory === true && <Fact label="Memory">it keeps notes</Fact>}
        {plain.retries !== undefined && <Fact label="Repairs of an answer">{plain.retries}</Fact>}
        {plain.output !== undefined && (
          <Fact label="Its answers fit">
            <Json value={plain.output} label="Schema of its answers" />
          </Fact>
        )}
        {plain.model_settings !== undefined && (
          <Fact label="Settings of the model">
            <Json value={plain.model_settings} label="Settings of the model" />
          </Fact>
        )}
      </dl>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function None({ children = "none" }: { children?: ReactNode }) {
  return <span className="faint">{children}</span>;
}

function Names({ names, to }: { names: readonly string[]; to: (name: string) => LinkProps }) {
  return (
    <span className={styles.names}>
      {names.map((name) => (
        <Link key={name} {...to(name)}>
          {name}
        </Link>
      ))}
    </span>
  );
}

function Skills({ skills }: { skills: readonly string[] }) {
  return (
    <ul className={styles.rows}>
      {skills.map((skill) => (
        <li key={skill} className={styles.row}>
          <Link to="/skills/$name" params={{ name: skill }} className="mono">
            {skill}
          </Link>
          <SkillWords skill={skill} />
        </li>
      ))}
    </ul>
  );
}

function SkillWords({ skill }: { skill: string }) {
  const { data } = useQuery({ ...skillDetail(skill), enabled: may("skills:read") });
  const pinned = nameAndVersion(skill).version !== null;
  return (
    <span className="quiet" title={data?.description}>
      {pinned ? "" : data && <span className="faint number">v{data.number} </span>}
      {data?.description}
    </span>
  );
}

function Tools({ tools, approval }: { tools: readonly string[]; approval: Record<string, boolean> }) {
  const known = useWhole(useTools());
  const names = [...tools, ...Object.keys(approval).filter((name) => !tools.includes(name))];
  if (names.length === 0) return <None />;
  return (
    <ul className={styles.rows}>
      {names.map((name) => {
        const tool = known?.find((one) => one.name === name);
        const said = approval[name];
        return (
          <li key={name} className={styles.row}>
            <Link to="/tools" search={{ tool: name }} className="mono">
              {name}
            </Link>
            <span className={styles.what}>
              {tool !== undefined && <EffectMark effect={tool.effect} reversible={tool.reversible} />}
              <span className="quiet">
                {said !== undefined
                  ? said
                    ? "asks a person, as this agent says"
                    : "runs without asking, as this agent says"
                  : tool !== undefined &&
                    (/^(always|yes)$/.test(approvalWords(tool).short) ? "asks a person" : "runs without asking")}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function budgetWords(plain: PlainDefinition): ReactNode {
  const budget = budgetOf(plain.budget);
  return budget === null ? <None>none of its own</None> : `${money(budget.amount)} ${PERIODS[budget.period]}`;
}

function limitWords({ limits }: PlainDefinition): ReactNode {
  const words = [
    `at most ${counted(limits?.turns ?? 200, "turn")}`,
    limits?.tool_calls && counted(limits.tool_calls, "tool call"),
    limits?.money && money(String(limits.money)),
    limits?.wall_time && `${limits.wall_time} of work`,
  ].filter(Boolean);
  return `${words.join(", ")}; then ${limits?.on_limit === "ask" ? "a person is asked for more" : "it fails"}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}
