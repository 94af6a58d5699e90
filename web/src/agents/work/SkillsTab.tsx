import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { gates } from "../../approvals/queries";
import { may } from "../../session";
import { Part } from "../../settings/Part";
import { Table, type TableColumn } from "../../settings/Table";
import { useSkills } from "../../skills/queries";
import { EffectMark } from "../../tools/EffectMark";
import { type Tool, useTools } from "../../tools/queries";
import { originWords } from "../../tools/tool_words";
import { Ago } from "../../ui/Ago";
import { Chip } from "../../ui/Chip";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import type { Agent } from "../agent_queries";
import { asksFirst, type Held, skillsOf, toolsOf } from "./equipment";

/** What the agent may use: its skills, the tools that it was given or that come with them, and for what a person is asked. */
export default function SkillsTab({ agent }: { agent: Agent }) {
  return (
    <>
      {may("skills:read") && <Skills agent={agent} />}
      {may("tools:read") && <Tools agent={agent} />}
      {(agent.mcp_servers ?? []).length > 0 && (
        <Part title="MCP servers" about="All tools of theirs that somebody has accepted are the agent's.">
          <p>
            {(agent.mcp_servers ?? []).map((server) => (
              <Link key={server} to="/tools" search={{ view: "servers", server }}>
                {server}
              </Link>
            ))}
          </p>
        </Part>
      )}
      {(agent.delegates_to ?? []).length > 0 && (
        <Part title="May give work to">
          <p>
            {(agent.delegates_to ?? []).map((name, index) => (
              <span key={name}>
                {index > 0 && ", "}
                <Link to="/agents/$name" params={{ name }}>
                  {name}
                </Link>
              </span>
            ))}
          </p>
        </Part>
      )}
    </>
  );
}

function Skills({ agent }: { agent: Agent }) {
  const skills = useSkills();
  const held = skills.rows === undefined ? undefined : skillsOf(agent.skills ?? [], skills.rows);
  const columns: TableColumn<NonNullable<typeof held>[number]>[] = [
    {
      head: "Skill",
      cell: ({ wanted, name }) => (
        <Link to="/skills/$name" params={{ name: wanted }} search={{}}>
          {wanted === name ? name : wanted}
        </Link>
      ),
    },
    {
      head: "What it is for",
      cell: ({ skill }) => <span className="quiet">{skill?.description ?? "✗ there is no such skill"}</span>,
    },
    { head: "Tools", cell: ({ skill }) => <span className="mono">{skill?.tools.join(", ") ?? ""}</span>, wideOnly: true },
    { head: "Version", cell: ({ skill }) => skill?.number ?? "", align: "end" },
  ];
  return (
    <Part title="Skills" about="It sees their names and descriptions, and takes one up when its work needs it.">
      {held === undefined ? (
        <Loading what="skills" failure={skills.failure} retry={skills.retry} />
      ) : (
        <Table
          label="Skills"
          columns={columns}
          rows={held}
          rowKey={(row) => row.wanted}
          empty={<p className="quiet">It has none. They are given to it in its definition.</p>}
        />
      )}
    </Part>
  );
}

function Tools({ agent }: { agent: Agent }) {
  const tools = useTools();
  const { data: rules } = useQuery({ ...gates, enabled: may("approvals:read") });
  const skills = useSkills();
  const held = tools.rows === undefined ? undefined : toolsOf(agent, tools.rows, skills.rows ?? []);
  const columns: TableColumn<Held>[] = [
    { head: "Tool", cell: (row) => <Name row={row} /> },
    {
      head: "What it does",
      cell: ({ tool }) => <span className="quiet">{tool?.description ?? "✗ no worker has it"}</span>,
      wideOnly: true,
    },
    { head: "Effect", cell: ({ tool }) => tool && <EffectMark effect={tool.effect} reversible={tool.reversible} /> },
    { head: "Asks a person", cell: ({ name, tool }) => <Asks agent={agent} name={name} tool={tool} /> },
    {
      head: "From",
      cell: ({ tool, through }) => <span className="faint">{through ?? (tool && originWords(tool))}</span>,
      wideOnly: true,
    },
    { head: "Today", cell: ({ tool }) => <Calls tool={tool} />, align: "end" },
  ];
  const policies = rules?.policies.length ?? 0;
  return (
    <Part
      title="Tools"
      about={
        policies > 0
          ? `Whether a person is asked is said here as the agent and its tools say it; ${policies === 1 ? "one rule" : `${policies} rules`} may say otherwise.`
          : "Whether a person is asked follows from the agent's own rules, and else from the tool."
      }
      aside={
        policies > 0 && (
          <Link to="/settings/$section" params={{ section: "policies" }}>
            The rules
          </Link>
        )
      }
    >
      {held === undefined ? (
        <Loading what="tools" failure={tools.failure} retry={tools.retry} />
      ) : (
        <Table
          label="Tools"
          columns={columns}
          rows={held}
          rowKey={(row) => row.name}
          empty={<p className="quiet">It has none: it can think and answer, and do nothing.</p>}
        />
      )}
    </Part>
  );
}

function Name({ row: { name, tool } }: { row: Held }) {
  if (tool === undefined) return <code>{name}</code>;
  return (
    <Link to="/tools" search={{ tool: name }} className="mono">
      {name}
    </Link>
  );
}

function Asks({ agent, name, tool }: { agent: Agent; name: string; tool: Tool | undefined }) {
  const { asks, because } = asksFirst(agent, name, tool);
  return <span title={because}>{asks ? <Chip tone="needs">asks first</Chip> : <span className="faint">no</span>}</span>;
}

function Calls({ tool }: { tool: Tool | undefined }) {
  if (tool === undefined || tool.calls_today === 0) return <span className="faint">–</span>;
  return (
    <span title="By all agents">
      {tool.calls_today}
      {tool.failures_today > 0 && <span className="quiet"> · {tool.failures_today} failed</span>}{" "}
      <Ago at={tool.called_at} className="faint" />
    </span>
  );
}

function Loading({ what, failure, retry }: { what: string; failure: unknown; retry: () => void }) {
  return failure ? <Failure reason={failure} retry={retry} /> : <Skeleton lines={3} label={`Loading its ${what}`} />;
}
