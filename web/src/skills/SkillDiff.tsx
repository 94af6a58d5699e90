import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Schema } from "../api/client";
import { Chip } from "../ui/Chip";
import { TextDiff } from "../ui/Diff";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { skillDiff, skillFile, skillVersions } from "./queries";
import styles from "./SkillDiff.module.css";

type FileDiff = Schema<"FileDiffOut">;
const TONES = { added: "done", removed: "failed", changed: "plain" } as const;
const WORDS = { added: "added", removed: "taken out", changed: "changed" } as const;

/** What is different between two versions, file by file. */
export function SkillDiff({ name, from, to }: { name: string; from: string; to: string }) {
  const { data: versions } = useQuery(skillVersions(name));
  const { data: diff, error, refetch } = useQuery(skillDiff(name, from, to));
  const navigate = useNavigate({ from: "/skills/$name" });
  const choose = (next: { from?: string; to?: string }) =>
    void navigate({ search: (held) => ({ ...held, ...next }), replace: true });
  return (
    <div className={styles.diff}>
      <div className={styles.choice}>
        {(["from", "to"] as const).map((end) => (
          <SelectField
            key={end}
            label={end === "from" ? "From" : "To"}
            value={end === "from" ? from : to}
            onChange={(event) => choose({ [end]: event.target.value })}
          >
            {(versions ?? []).map((one) => (
              <option key={one.number} value={one.number}>
                version {one.number}
              </option>
            ))}
          </SelectField>
        ))}
      </div>
      {error !== null ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : diff === undefined ? (
        <Skeleton lines={8} label="Comparing" />
      ) : diff.files.length === 0 ? (
        <p className="quiet">The two are the same.</p>
      ) : (
        diff.files.map((file) => <OneFile key={file.path} name={name} from={diff.from} to={diff.to} file={file} />)
      )}
    </div>
  );
}

function OneFile({ name, from, to, file }: { name: string; from: number; to: number; file: FileDiff }) {
  const [before, after] = useQueries({
    queries: [
      { ...skillFile(name, from, file.path), enabled: file.diff !== null && file.change !== "added" },
      { ...skillFile(name, to, file.path), enabled: file.diff !== null && file.change !== "removed" },
    ],
  });
  const failed = before.error ?? after.error;
  const loading =
    (file.change !== "added" && before.data === undefined) || (file.change !== "removed" && after.data === undefined);
  return (
    <section className={styles.file}>
      <h2 className={styles.path}>
        {file.path} <Chip tone={TONES[file.change]}>{WORDS[file.change]}</Chip>
      </h2>
      {file.diff === null ? (
        <p className="quiet">No text, or too long to be compared line by line.</p>
      ) : failed !== null ? (
        <Failure reason={failed} />
      ) : loading ? (
        <Skeleton lines={4} label={`Loading ${file.path}`} />
      ) : (
        <TextDiff before={before.data?.text ?? ""} after={after.data?.text ?? ""} label={`Changes of ${file.path}`} />
      )}
    </section>
  );
}
