import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ago } from "../ui/Ago";
import { Chip } from "../ui/Chip";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { skillVersions } from "./queries";
import styles from "./SkillVersions.module.css";
import { byteWords, sourceWords } from "./skill_words";

/** Every version of a skill, the newest first, each with what changed since the one before. */
export function SkillVersions({ name, current }: { name: string; current: number }) {
  const { data: versions, error, refetch } = useQuery(skillVersions(name));
  if (versions === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={5} label="Loading versions" />;
  return (
    <ul className={styles.versions}>
      {versions.map((version, place) => {
        const before = versions[place + 1];
        return (
          <li key={version.number} className={styles.version}>
            <span className={styles.number}>
              <Link to="/skills/$name" params={{ name: `${name}@${version.number}` }} search={{}}>
                Version {version.number}
              </Link>
              {version.label !== null && <Chip>{version.label}</Chip>}
              {version.number === current && <Chip tone="live">shown</Chip>}
              {version.deprecated_at !== null && <Chip title={version.deprecation ?? undefined}>deprecated</Chip>}
              {!version.vouched && <Chip>not vouched for</Chip>}
            </span>
            <span className="quiet">
              {sourceWords(version)}, <Ago at={version.created_at} />
            </span>
            <span className="faint number">
              {version.files === 1 ? "1 file" : `${version.files} files`}, {byteWords(version.bytes)}
            </span>
            {before !== undefined && (
              <Link
                to="."
                search={(held: Record<string, unknown>) => ({
                  ...held,
                  view: "diff",
                  from: String(before.number),
                  to: String(version.number),
                })}
                aria-label={`What changed from version ${before.number} to ${version.number}`}
              >
                What changed
              </Link>
            )}
          </li>
        );
      })}
    </ul>
  );
}
