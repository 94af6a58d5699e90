import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileText, Folder } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Markdown } from "../ui/Markdown";
import { Skeleton } from "../ui/Skeleton";
import { CopyButton } from "../ui/Snippet";
import { treeOf } from "./file_tree";
import { instructionsOf } from "./front_matter";
import { type SkillDetail, skillFile } from "./queries";
import styles from "./SkillFiles.module.css";
import { byteWords } from "./skill_words";

/** The files of a version: their tree, and the one that is looked at. */
export function SkillFiles({ skill, file }: { skill: SkillDetail; file: string | undefined }) {
  const path = skill.manifest.some((one) => one.path === file) && file !== undefined ? file : "SKILL.md";
  return (
    <div className={styles.files}>
      <nav className={styles.tree} aria-label="Files">
        <ul>
          {treeOf(skill.manifest.map((one) => one.path)).map((branch) => (
            <li key={branch.path} style={{ paddingInlineStart: branch.depth * 16 }}>
              {branch.kind === "folder" ? (
                <span className={styles.folder}>
                  <Folder size={14} />
                  {branch.name}
                </span>
              ) : (
                <Link
                  to="."
                  search={(held: Record<string, unknown>) => ({ ...held, file: branch.path })}
                  activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
                  aria-current={branch.path === path ? "page" : undefined}
                  className={styles.file}
                  title={branch.path}
                >
                  <FileText size={14} />
                  <span className="truncate">{branch.name}</span>
                </Link>
              )}
            </li>
          ))}
        </ul>
      </nav>
      <OneFile key={path} skill={skill} path={path} />
    </div>
  );
}

function OneFile({ skill, path }: { skill: SkillDetail; path: string }) {
  const { data: file, error, refetch } = useQuery(skillFile(skill.name, skill.number, path));
  const [raw, setRaw] = useState(false);
  const isMarkdown = /\.md$/i.test(path);
  return (
    <section className={styles.one} aria-label={path}>
      <header className={styles.head}>
        <h2 className={styles.path}>{path}</h2>
        {file !== undefined && <span className="faint number">{byteWords(file.bytes)}</span>}
        <span className={styles.acts}>
          {isMarkdown && (
            <Button size="small" look="bare" aria-pressed={raw} onClick={() => setRaw(!raw)}>
              {raw ? "As it reads" : "As it is written"}
            </Button>
          )}
          {file?.text != null && <CopyButton text={file.text} label="Copy the file" />}
        </span>
      </header>
      {error !== null ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : file === undefined ? (
        <Skeleton lines={8} label="Loading the file" />
      ) : file.text === null ? (
        <p className="quiet">This is no text. It is in the archive that Export gives.</p>
      ) : isMarkdown && !raw ? (
        <div className={styles.reading}>
          <Markdown text={path === "SKILL.md" ? instructionsOf(file.text) : file.text} />
        </div>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        <pre className={styles.code} tabIndex={0}>
          {file.text}
        </pre>
      )}
    </section>
  );
}
