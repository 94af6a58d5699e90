import { Link } from "@tanstack/react-router";
import { MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Doing } from "../agents/list/Doing";
import { Spend } from "../agents/list/Spend";
import type { Schema } from "../api/client";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import { Button, IconButton } from "../ui/Button";
import { Markdown } from "../ui/Markdown";
import { Menu } from "../ui/Menu";
import { Money } from "../ui/Money";
import { money } from "../ui/money";
import { Skeleton } from "../ui/Skeleton";
import { StateMark } from "../ui/StateMark";
import { DeleteTeam } from "./DeleteTeam";
import type { Team } from "./queries";
import { TeamForm } from "./TeamForm";
import { TeamHistory } from "./TeamHistory";
import styles from "./TeamView.module.css";
import { agentsOf, spentToday } from "./team_words";

type Agent = Schema<"AgentOut">;

/** One team: who is in it and what each of them does, what it was told, and what it may take. */
export function TeamView({ team, agents }: { team: Team; agents: readonly Agent[] | undefined }) {
  const [asked, setAsked] = useState<"change" | "delete" | null>(null);
  const mayWrite = may("agents:write");
  const crew = agents === undefined ? undefined : agentsOf(team, agents);
  useShortcuts(mayWrite ? [{ keys: "e", label: "Change the team", group: "Teams", run: () => setAsked("change") }] : []);
  return (
    <section className={styles.team} aria-labelledby="team">
      <header className={styles.head}>
        <Link to="/agents" search={{ view: "teams" }}>
          ‹ Teams
        </Link>
        <h2 id="team" className={styles.name}>
          {team.name}
        </h2>
        <StateMark state={team.status} />
        <span className={styles.gap} />
        {mayWrite && (
          <>
            <Button icon={<Pencil size={14} />} hotkey="e" onClick={() => setAsked("change")}>
              Change
            </Button>
            <Menu
              label={`More of ${team.name}`}
              align="end"
              trigger={<IconButton label={`More of ${team.name}`} icon={<MoreHorizontal size={16} />} />}
              items={[{ label: "Delete…", icon: <Trash2 size={14} />, danger: true, onSelect: () => setAsked("delete") }]}
            />
          </>
        )}
      </header>
      {team.description !== "" && (
        <p className={styles.what} dir="auto">
          {team.description}
        </p>
      )}
      <section className={styles.part} aria-labelledby="crew">
        <h3 id="crew">Who is in it</h3>
        {crew === undefined ? (
          <Skeleton lines={3} label="Loading its agents" />
        ) : (
          <ul className={styles.crew}>
            {[team.lead, ...team.members].map((name) => (
              <li key={name} className={styles.one}>
                <One name={name} agent={crew.find((agent) => agent.name === name)} leads={name === team.lead} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={styles.part} aria-labelledby="bounds">
        <h3 id="bounds">What it may take</h3>
        <ul className={styles.bounds}>
          {crew !== undefined && <Spending team={team} crew={crew} />}
          <li>
            A run gives away at most {cards(team.limits.cards_by_run)}; below one card of the team there are at most{" "}
            {cards(team.limits.cards_in_tree)}, {team.limits.depth} {team.limits.depth === 1 ? "level" : "levels"} deep.
          </li>
        </ul>
      </section>
      {team.instructions !== "" && (
        <section className={styles.part} aria-labelledby="words">
          <h3 id="words">Instructions for its lead</h3>
          <Markdown text={team.instructions} className={styles.words} />
        </section>
      )}
      <TeamHistory team={team} />
      {asked === "change" && <TeamForm team={team} onClose={() => setAsked(null)} />}
      {asked === "delete" && <DeleteTeam team={team} onClose={() => setAsked(null)} />}
    </section>
  );
}

function One({ name, agent, leads }: { name: string; agent: Agent | undefined; leads: boolean }) {
  return (
    <>
      <span className={styles.who}>
        <Avatar name={name} kind="agent" size={24} />
        <Link to="/agents/$name" params={{ name }} className={styles.agent}>
          {name}
        </Link>
        {leads && <span className="faint">leads</span>}
      </span>
      {agent === undefined ? <span className="faint">It is not there any more.</span> : <Doing agent={agent} />}
      {agent !== undefined && <Spend agent={agent} alone />}
    </>
  );
}

/** Money is held to by the agents: by their budgets, and by the limit of its lead's runs, which counts what those give away too. */
function Spending({ team, crew }: { team: Team; crew: readonly Agent[] }) {
  const limit = crew.find((agent) => agent.name === team.lead)?.limits?.money;
  return (
    <>
      {may("usage:read") && (
        <li>
          Its agents have spent <Money amount={spentToday(crew)} /> today, on all that they do.
        </li>
      )}
      <li>
        {limit ? (
          <>
            A card costs at most {money(String(limit))}, with all that is given away of it: so says the limit of {team.lead}.
          </>
        ) : (
          <>
            Nothing says what one card may cost: that is a limit of{" "}
            <Link to="/agents/$name" params={{ name: team.lead }} search={{ view: "definition" }}>
              {team.lead}
            </Link>
            , in dollars for a run.
          </>
        )}
      </li>
    </>
  );
}

function cards(count: number | undefined): string {
  return `${(count ?? 0).toLocaleString("en-US")} ${count === 1 ? "card" : "cards"}`;
}
