import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Problem } from "../api/problem";
import { Button, IconButton } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextArea, TextField } from "../ui/Field";
import { Markdown } from "../ui/Markdown";
import { instructionsOf, readFront } from "./front_matter";
import styles from "./NewSkill.module.css";
import { addFiles, type SkillFiles } from "./queries";
import { Terms } from "./Terms";
import { useAddSkill } from "./useAddSkill";

const BEGUN = `---
name: my-skill
description: What it is for, and when to use it.
---
# My skill

1. Look before you act.
`;

type Written = { id: number; path: string; text: string };

/** A skill written by hand: SKILL.md, checked while it is typed, and the files that it speaks of. `begun`: the files of the version before. */
export function WriteSkill({ begun, onClose }: { begun?: SkillFiles; onClose: () => void }) {
  const [main, setMain] = useState(begun?.files["SKILL.md"] ?? BEGUN);
  const [others, setOthers] = useState<Written[]>(() => othersOf(begun));
  const [terms, setTerms] = useState({ label: "", vouched: true });
  const [preview, setPreview] = useState(false);
  const [tried, setTried] = useState(false);
  const adding = useAddSkill(
    (files: SkillFiles) => addFiles(files, { vouched: terms.vouched, ...(terms.label ? { label: terms.label } : {}) }),
    onClose,
  );
  const front = readFront(main);
  const twice = others.find(
    (one, place) => one.path === "SKILL.md" || others.findIndex((other) => other.path === one.path) < place,
  );
  const nameless = others.some((one) => one.path.trim() === "");
  const problem = adding.error instanceof Problem ? adding.error : null;

  const add = () => {
    setTried(true);
    if (front.faults.length > 0 || twice !== undefined || nameless) return;
    adding.mutate({
      files: { "SKILL.md": main, ...Object.fromEntries(others.map((one) => [one.path.trim(), one.text])) },
      ...(begun?.base64_files ? { base64_files: begun.base64_files } : {}),
    });
  };
  const change = (id: number, next: Partial<Written>) =>
    setOthers(others.map((one) => (one.id === id ? { ...one, ...next } : one)));

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <TextArea
        label="SKILL.md"
        code
        rows={14}
        spellCheck={false}
        value={main}
        error={tried || main !== BEGUN ? front.faults.join(" ") || undefined : undefined}
        hint={
          front.faults.length === 0
            ? `${front.name ?? "It"}: agents see its description (${[...(front.description ?? "")].length} of 1,024 characters) until they load it.`
            : undefined
        }
        onChange={(event) => setMain(event.target.value)}
      />
      <div>
        <Button size="small" aria-pressed={preview} onClick={() => setPreview(!preview)}>
          {preview ? "Hide how it reads" : "Show how it reads"}
        </Button>
      </div>
      {preview && <Markdown text={instructionsOf(main)} />}
      {others.map((one) => (
        <div key={one.id} className={styles.file}>
          <div className={styles.fileHead}>
            <TextField
              label="File"
              placeholder="references/limits.md"
              value={one.path}
              error={
                tried && one.path.trim() === "" ? "A file has a path." : one === twice ? "This file is there twice." : undefined
              }
              onChange={(event) => change(one.id, { path: event.target.value })}
            />
            <IconButton
              label={`Leave ${one.path || "this file"} out`}
              icon={<X size={16} />}
              onClick={() => setOthers(others.filter((other) => other.id !== one.id))}
            />
          </div>
          <TextArea
            label={`Text of ${one.path || "the file"}`}
            labelHidden
            code
            rows={6}
            spellCheck={false}
            value={one.text}
            onChange={(event) => change(one.id, { text: event.target.value })}
          />
        </div>
      ))}
      {begun?.base64_files !== undefined && Object.keys(begun.base64_files).length > 0 && (
        <p className={styles.fine}>Taken over as they are: {Object.keys(begun.base64_files).join(", ")}.</p>
      )}
      <div>
        <Button
          size="small"
          icon={<Plus size={14} />}
          onClick={() => setOthers([...others, { id: Math.max(0, ...others.map((one) => one.id)) + 1, path: "", text: "" }])}
        >
          Add a file
        </Button>
      </div>
      <Terms {...terms} error={problem?.fault("/label")} onChange={(next) => setTerms({ ...terms, ...next })} />
      {adding.error !== null && <Failure reason={adding.error} />}
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="ink" type="submit" busy={adding.isPending}>
          {begun === undefined ? "Add the skill" : "Add the version"}
        </Button>
      </div>
    </form>
  );
}

function othersOf(begun: SkillFiles | undefined): Written[] {
  return Object.entries(begun?.files ?? {})
    .filter(([path]) => path !== "SKILL.md")
    .map(([path, text], id) => ({ id, path, text }));
}
