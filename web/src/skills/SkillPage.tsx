import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { Chip } from "../ui/Chip";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import { Markdown } from "../ui/Markdown";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Tabs } from "../ui/Tabs";
import { type SkillDetail, skillDetail, skillVersions } from "./queries";
import { SkillActs } from "./SkillActs";
import { SkillAgents } from "./SkillAgents";
import { SkillDiff } from "./SkillDiff";
import { SkillFacts } from "./SkillFacts";
import { SkillFiles } from "./SkillFiles";
import styles from "./SkillPage.module.css";
import { SkillVersions } from "./SkillVersions";
import { nameAndVersion } from "./skill_words";

/** One skill: what it says, its files, its versions, who has it. */
export function SkillPage() {
  const { name: address } = useParams({ from: "/skills/$name" });
  const { name } = nameAndVersion(address);
  const navigate = useNavigate();
  const { data: skill, error, refetch } = useQuery(skillDetail(address));
  useShortcuts([{ keys: "Escape", label: "Back to skills", group: "Skill", run: () => void navigate({ to: "/skills" }) }]);
  if (skill !== undefined) return <Known skill={skill} />;
  return (
    <Page title={name} heading={<Heading name={name} />}>
      {error === null ? (
        <Skeleton lines={10} label="Loading the skill" />
      ) : error instanceof Problem && error.status === 404 ? (
        <Empty
          title="There is no such skill"
          command={`flowforge skills add ./${name}`}
          action={<Link to="/skills">All skills</Link>}
        >
          {error.message}
        </Empty>
      ) : (
        <Failure reason={error} retry={() => void refetch()} />
      )}
    </Page>
  );
}

function Known({ skill }: { skill: SkillDetail }) {
  const { view = "read", file, from, to } = useSearch({ from: "/skills/$name" });
  const shown = view === "diff" ? "versions" : view;
  const tabs = [
    { name: "read", label: "Read" },
    { name: "files", label: "Files", count: skill.files },
    { name: "versions", label: "Versions" },
    { name: "agents", label: "Agents" },
  ];
  return (
    <Page
      title={skill.name}
      heading={
        <>
          <Heading name={skill.name} />
          {skill.deprecated_at !== null && <Chip title={skill.deprecation ?? undefined}>deprecated</Chip>}
          {!skill.vouched && <Chip>not vouched for</Chip>}
        </>
      }
      aside={
        <>
          <VersionChoice skill={skill} />
          <SkillActs skill={skill} />
        </>
      }
    >
      <p className={styles.description} dir="auto">
        {skill.description}
      </p>
      <Tabs tabs={tabs} current={shown} label="Views of the skill" />
      {shown === "files" ? (
        <SkillFiles skill={skill} file={file} />
      ) : view === "diff" && from !== undefined ? (
        <SkillDiff name={skill.name} from={from} to={to ?? String(skill.number)} />
      ) : shown === "versions" ? (
        <SkillVersions name={skill.name} current={skill.number} />
      ) : shown === "agents" ? (
        <SkillAgents name={skill.name} />
      ) : (
        <div className={styles.columns}>
          <article className={styles.text}>
            <h2 className="visually-hidden">Instructions</h2>
            {skill.instructions === "" ? (
              <p className="quiet">It has no instructions.</p>
            ) : (
              <Markdown text={skill.instructions} />
            )}
          </article>
          <SkillFacts skill={skill} />
        </div>
      )}
    </Page>
  );
}

/** Which version is shown. The bare name means the newest that is not deprecated. */
function VersionChoice({ skill }: { skill: SkillDetail }) {
  const { data: versions } = useQuery(skillVersions(skill.name));
  const navigate = useNavigate({ from: "/skills/$name" });
  if (versions === undefined || versions.length < 2) return <span className="faint number">version {skill.number}</span>;
  return (
    <div className={styles.version}>
      <SelectField
        label="Version"
        labelHidden
        value={String(skill.number)}
        onChange={(event) =>
          void navigate({
            params: { name: `${skill.name}@${event.target.value}` },
            search: (held) => ({ view: held.view, file: held.file }),
          })
        }
      >
        {versions.map((one) => (
          <option key={one.number} value={one.number}>
            {["version", one.number, one.label, one.deprecated_at !== null && "deprecated"].filter(Boolean).join(" ")}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function Heading({ name }: { name: string }) {
  return (
    <>
      <Link to="/skills" className={styles.back} aria-label="Back to skills">
        <ChevronLeft size={18} />
      </Link>
      <span className={styles.name}>{name}</span>
    </>
  );
}
