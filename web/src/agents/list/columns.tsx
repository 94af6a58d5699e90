import { Avatar } from "../../ui/Avatar";
import type { Column } from "../../ui/DataList";
import type { Agent } from "../agent_queries";
import { skillName } from "./choice";
import styles from "./columns.module.css";
import { Doing } from "./Doing";
import { Spend } from "./Spend";
import { TurnButton } from "./TurnButton";

export const COLUMNS: readonly Column<Agent>[] = [
  { name: "name", head: "Agent", width: "minmax(150px, 3fr)", main: true, cell: (agent) => <Name agent={agent} /> },
  { name: "doing", head: "Now", width: "minmax(180px, 6fr)", ownLine: true, cell: (agent) => <Doing agent={agent} /> },
  { name: "skills", head: "Skills", width: "minmax(90px, 3fr)", wideOnly: true, cell: (agent) => <Skills agent={agent} /> },
  { name: "spend", head: "Spent today", width: "140px", cell: (agent) => <Spend agent={agent} /> },
  { name: "turn", head: "Pause", width: "40px", align: "end", cell: (agent) => <TurnButton agent={agent} /> },
];

function Name({ agent }: { agent: Agent }) {
  return (
    <span className={styles.name}>
      <Avatar name={agent.name} kind="agent" size={28} />
      <span className={styles.who}>
        <span className={`truncate ${styles.own}`} title={agent.name}>
          {agent.name}
        </span>
        <span className={`truncate ${styles.model}`} title={agent.model}>
          {agent.model}
        </span>
      </span>
    </span>
  );
}

function Skills({ agent }: { agent: Agent }) {
  const skills = (agent.skills ?? []).map(skillName);
  if (skills.length === 0) return null;
  return (
    <span className={`truncate ${styles.skills}`} title={skills.join("\n")}>
      {skills.join(", ")}
    </span>
  );
}
