import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useRef } from "react";
import { agentList } from "../agents/queries";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { type Column, DataList } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";
import { SearchField } from "../ui/SearchField";
import { Tabs } from "../ui/Tabs";
import { NewSkill } from "./NewSkill";
import { type Skill, sharedSkills, useSkills } from "./queries";
import { SharedList } from "./SharedList";
import styles from "./SkillsPage.module.css";
import { nameAndVersion } from "./skill_words";

type Row = Skill & { agents: number | null };

const COLUMNS: readonly Column<Row>[] = [
  { name: "name", head: "Skill", width: "minmax(0, 2fr)", main: true, cell: (skill) => <Name skill={skill} /> },
  {
    name: "description",
    head: "What it teaches",
    width: "minmax(0, 5fr)",
    cell: (skill) => (
      <span className="quiet" title={skill.description}>
        {skill.description}
      </span>
    ),
  },
  {
    name: "tools",
    head: "Tools",
    width: "minmax(0, 2fr)",
    wideOnly: true,
    cell: (skill) => {
      const tools = [...skill.tools, ...skill.optional_tools];
      return (
        <span className="mono faint" title={tools.join("\n")}>
          {tools.join(", ")}
        </span>
      );
    },
  },
  {
    name: "from",
    head: "From",
    width: "90px",
    wideOnly: true,
    cell: (skill) => <span className="faint">{skill.layer === "tenant" ? "yours" : "workers"}</span>,
  },
  {
    name: "agents",
    head: "Agents",
    width: "76px",
    align: "end",
    cell: (skill) =>
      skill.agents ? <span className="number">{skill.agents === 1 ? "1 agent" : `${skill.agents} agents`}</span> : null,
  },
  {
    name: "loaded",
    head: "Loaded in",
    width: "84px",
    align: "end",
    cell: (skill) =>
      skill.loaded > 0 ? <span className="number">{skill.loaded === 1 ? "1 run" : `${skill.loaded} runs`}</span> : null,
  },
];
const TABS = [
  { name: "all", label: "Skills" },
  { name: "shared", label: "Shared" },
];

/** What agents can be taught. */
export function SkillsPage() {
  const { q, view, new: making } = useSearch({ from: "/skills" });
  const navigate = useNavigate({ from: "/skills" });
  const filter = useRef<HTMLInputElement>(null);
  const skills = useSkills();
  const { data: agents } = useQuery({ ...agentList, enabled: may("agents:read") });
  const { data: shared } = useQuery(sharedSkills);
  const mayWrite = may("skills:write");
  const change = (next: { q?: string; new?: string }, replace = true) =>
    void navigate({ search: (held) => ({ ...held, ...next }), replace });
  const begin = () => change({ new: "write" }, false);
  useShortcuts([
    ...(view === "shared" ? [] : [{ keys: "/", label: "Filter", group: "Skills", run: () => filter.current?.focus() }]),
    ...(mayWrite ? [{ keys: "c", label: "New skill", group: "Skills", run: begin }] : []),
  ]);

  const users = new Map<string, number>();
  for (const agent of agents ?? [])
    for (const name of new Set(agent.skills?.map((one) => nameAndVersion(one).name))) users.set(name, (users.get(name) ?? 0) + 1);
  const wanted = (q ?? "").trim().toLowerCase();
  const rows = skills.rows
    ?.filter((one) => wanted === "" || `${one.name} ${one.description}`.toLowerCase().includes(wanted))
    .map((one) => ({ ...one, agents: agents === undefined ? null : (users.get(one.name) ?? 0) }));

  return (
    <Page
      title="Skills"
      aside={
        mayWrite && (
          <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={begin}>
            New skill
          </Button>
        )
      }
    >
      <Tabs
        tabs={TABS.map((tab) => (tab.name === "shared" && shared?.length ? { ...tab, count: shared.length } : tab))}
        current={view === "shared" ? "shared" : "all"}
        label="Views of skills"
      />
      {view === "shared" ? (
        <SharedList />
      ) : (
        <>
          <div className={styles.search}>
            <SearchField
              label="Filter skills"
              placeholder="Name or what it teaches"
              value={q ?? ""}
              onChange={(q) => change({ q: q || undefined })}
              inputRef={filter}
            />
          </div>
          <DataList
            {...skills}
            label="Skills"
            columns={COLUMNS}
            rows={rows}
            rowKey={(skill) => skill.name}
            rowLink={(skill) => ({ to: "/skills/$name", params: { name: skill.name } })}
            empty={
              wanted !== "" ? (
                <Empty title="No skill fits" action={<Button onClick={() => change({ q: undefined })}>Show all</Button>} />
              ) : (
                <Empty
                  title="No skill yet"
                  command="flowforge skills add ./review"
                  action={
                    mayWrite && (
                      <Button look="ink" onClick={begin}>
                        New skill
                      </Button>
                    )
                  }
                >
                  A skill teaches agents one kind of work: a folder with a SKILL.md and the files that it speaks of. Workers
                  publish the seven that come with FlowForge when they start.
                </Empty>
              )
            }
          />
        </>
      )}
      {mayWrite && making !== undefined && <NewSkill way={making} onClose={() => change({ new: undefined })} />}
    </Page>
  );
}

function Name({ skill }: { skill: Skill }) {
  return (
    <span className={styles.name}>
      <span className={styles.own}>{skill.name}</span>
      <span className="faint number">{skill.label === null ? `v${skill.number}` : `v${skill.number} ${skill.label}`}</span>
      {skill.deprecated_at !== null && <Chip title={skill.deprecation ?? undefined}>deprecated</Chip>}
      {!skill.vouched && <Chip title="Nobody here answers for its text">not vouched for</Chip>}
      {skill.hides_published && (
        <Chip title="Workers publish a skill of this name too; agents get yours">instead of the workers'</Chip>
      )}
    </span>
  );
}
