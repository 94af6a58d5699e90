import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, FlaskConical, MoreHorizontal } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button, IconButton } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { duration } from "../ui/duration";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Json } from "../ui/Json";
import { Menu } from "../ui/Menu";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { DeleteTool } from "./DeleteTool";
import { Parameters } from "./Parameters";
import { toolDetail, type WholeTool } from "./queries";
import { TestTool } from "./TestTool";
import styles from "./ToolDetail.module.css";
import { ToolForm } from "./ToolForm";
import { approvalWords, canBeTested, EFFECTS, originWords, stateWords } from "./tool_words";

type Act = "test" | "edit" | "delete";

/** One tool: what it does to the world, what it takes, who has it, and how its calls went. */
export function ToolDetail({ name }: { name: string }) {
  const navigate = useNavigate({ from: "/tools" });
  const { data: tool, error, refetch } = useQuery(toolDetail(name));
  const [act, setAct] = useState<Act | null>(null);
  const back = () => void navigate({ search: (held) => ({ q: held.q }) });
  const mayWrite = may("tools:write");
  const testable = tool !== undefined && mayWrite && canBeTested(tool);
  const editable = tool !== undefined && mayWrite && tool.definition !== null;
  useShortcuts([
    { keys: "Escape", label: "Back to tools", group: "Tool", run: back },
    ...(testable ? [{ keys: "c", label: "Call it once", group: "Tool", run: () => setAct("test") }] : []),
    ...(editable ? [{ keys: "e", label: "Edit", group: "Tool", run: () => setAct("edit") }] : []),
  ]);
  const close = () => setAct(null);
  return (
    <Page
      title={name}
      heading={
        <>
          <Link to="/tools" search={(held: { q?: string }) => ({ q: held.q })} className={styles.back} aria-label="Back to tools">
            <ChevronLeft size={18} />
          </Link>
          <span className={styles.name}>{name}</span>
        </>
      }
      aside={
        <>
          {editable && (
            <Button hotkey="e" onClick={() => setAct("edit")}>
              Edit
            </Button>
          )}
          {testable && (
            <Button look="ink" icon={<FlaskConical size={14} />} hotkey="c" onClick={() => setAct("test")}>
              Call it once
            </Button>
          )}
          {editable && (
            <Menu
              label="More"
              align="end"
              items={[{ label: "Delete…", danger: true, onSelect: () => setAct("delete") }]}
              trigger={<IconButton label="More" icon={<MoreHorizontal size={16} />} />}
            />
          )}
        </>
      }
    >
      {tool !== undefined ? (
        <Facts tool={tool} />
      ) : error === null ? (
        <Skeleton lines={8} label="Loading the tool" />
      ) : error instanceof Problem && error.status === 404 ? (
        <Empty title="There is no such tool" command="flowforge tools" action={<Link to="/tools">All tools</Link>}>
          {error.message}
        </Empty>
      ) : (
        <Failure reason={error} retry={() => void refetch()} />
      )}
      {tool !== undefined && act === "test" && <TestTool tool={tool} onClose={close} />}
      {tool !== undefined && act === "edit" && <ToolForm tool={tool} onClose={close} />}
      {tool !== undefined && act === "delete" && <DeleteTool tool={tool} onClose={close} onDeleted={back} />}
    </Page>
  );
}

function Facts({ tool }: { tool: WholeTool }) {
  const state = stateWords(tool);
  return (
    <>
      {state !== null && <p className={styles.state}>{state}</p>}
      <p className={styles.description} dir="auto">
        {tool.description}
      </p>
      <div className={styles.columns}>
        <div className={styles.part}>
          <h2>What it takes</h2>
          <Parameters schema={tool.parameters} label="JSON Schema of its arguments" />
          {tool.definition !== null && (
            <>
              <h2>The call</h2>
              <p>
                <code className={styles.call}>
                  {String(tool.definition.method ?? "GET")} {String(tool.definition.url)}
                </code>
              </p>
              <details className={styles.whole}>
                <summary>The whole description</summary>
                <Json value={tool.definition} label="Definition" />
              </details>
            </>
          )}
        </div>
        <div className={styles.part}>
          <h2>What it does</h2>
          <dl className={styles.facts}>
            <Fact term="Effect">
              {tool.effect}: it {EFFECTS[tool.effect]}
            </Fact>
            {tool.reversible !== null && <Fact term="Can be undone">{tool.reversible ? "yes" : "no"}</Fact>}
            {tool.consequence !== null && <Fact term="Consequence">{tool.consequence}</Fact>}
            <Fact term="A person">{approvalWords(tool).long}</Fact>
            <Fact term="Its results">
              {tool.outside
                ? "were written elsewhere: a conversation that has read them asks before it acts"
                : "are yours: they are taken at their word"}
            </Fact>
            {tool.timeout_seconds !== null && <Fact term="Time for a call">{duration(tool.timeout_seconds * 1_000)}</Fact>}
            {tool.rate !== null && (
              <Fact term="Rate">
                <code>{tool.rate}</code>, of the tenant; what is over it waits
              </Fact>
            )}
          </dl>
          <h2>Where it is from</h2>
          <dl className={styles.facts}>
            <Fact term="From">
              {tool.server === null ? (
                originWords(tool)
              ) : (
                <Link to="/tools" search={{ view: "servers", server: tool.server }}>
                  the MCP server {tool.server}
                </Link>
              )}
              {tool.source !== null && <> · imported from {tool.source}</>}
              {tool.revision !== null && <span className="faint"> · revision {tool.revision}</span>}
            </Fact>
            <Fact term="Agents that have it">
              {tool.used_by.length === 0 ? (
                <span className="faint">none</span>
              ) : (
                <span className={styles.agents}>
                  {tool.used_by.map((agent) => (
                    <Link key={agent} to="/agents/$name" params={{ name: agent }}>
                      {agent}
                    </Link>
                  ))}
                </span>
              )}
            </Fact>
            <Fact term="Today">
              {tool.calls_today === 0 ? (
                <span className="faint">no call</span>
              ) : tool.calls_today === 1 ? (
                "1 call"
              ) : (
                `${tool.calls_today} calls`
              )}
              {tool.failures_today > 0 && <Chip tone="failed">✗ {tool.failures_today} failed</Chip>}
            </Fact>
            {tool.called_at !== null && (
              <Fact term="Last call">
                <Ago at={tool.called_at} />
              </Fact>
            )}
            {tool.error !== null && (
              <Fact term="Last failure">
                <Ago at={tool.failed_at} />: {tool.error}
              </Fact>
            )}
          </dl>
        </div>
      </div>
    </>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  );
}
