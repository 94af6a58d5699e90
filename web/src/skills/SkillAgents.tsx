import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Avatar } from "../ui/Avatar";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { skillAgents } from "./queries";
import styles from "./SkillVersions.module.css";

/** The agents that have the skill, as they name it, with the version that each would get now. */
export function SkillAgents({ name }: { name: string }) {
  const { data: agents, error, refetch } = useQuery({ ...skillAgents(name), refetchOnMount: "always" });
  if (agents === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={3} label="Loading agents" />;
  if (agents.length === 0)
    return (
      <Empty title="No agent has it" command={`flowforge agents create scout --model claude-sonnet-4.5 --skill ${name}`}>
        Add it to an agent on the agent's own page, or make one that has it.
      </Empty>
    );
  return (
    <ul className={styles.versions}>
      {agents.map((one) => (
        <li key={one.id} className={styles.version}>
          <span className={styles.number}>
            <Avatar name={one.agent} kind="agent" />
            <Link to="/agents/$name" params={{ name: one.agent }} search={{ view: "skills" }}>
              {one.agent}
            </Link>
          </span>
          <span className="quiet">
            names it <code>{one.wanted}</code>
          </span>
          <span>
            {one.version === null ? (
              <span className={styles.none}>✗ no such version</span>
            ) : (
              <Link to="/skills/$name" params={{ name: `${name}@${one.version}` }} search={{}}>
                version {one.version}
              </Link>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
