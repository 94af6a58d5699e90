import { FolderOpen, Upload } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { filesOfFolder } from "./folder";
import styles from "./NewSkill.module.css";
import { addArchive, addFiles } from "./queries";
import { byteWords } from "./skill_words";
import { Terms } from "./Terms";
import { useAddSkill } from "./useAddSkill";

type Chosen = { kind: "archive"; file: File } | { kind: "folder"; files: File[] };

/** A skill from an archive (zip, tar, tar.gz) or a folder of this machine. */
export function UploadSkill({ onClose }: { onClose: () => void }) {
  const archive = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [over, setOver] = useState(false);
  const [subfolder, setSubfolder] = useState("");
  const [terms, setTerms] = useState({ label: "", vouched: true });
  const adding = useAddSkill(async (given: Chosen) => {
    const options = { vouched: terms.vouched, ...(terms.label ? { label: terms.label } : {}) };
    if (given.kind === "folder") return addFiles(await filesOfFolder(given.files), options);
    return addArchive(given.file, { ...options, ...(subfolder.trim() ? { subfolder: subfolder.trim() } : {}) });
  }, onClose);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) setChosen({ kind: "archive", file });
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== null) adding.mutate(chosen);
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut for the buttons inside */}
      <div
        className={`${styles.drop} ${over ? styles.over : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p aria-live="polite">{chosen === null ? "Drop a zip, tar or tar.gz here, or choose one." : chosenWords(chosen)}</p>
        <div className={styles.actions}>
          <Button icon={<Upload size={14} />} onClick={() => archive.current?.click()}>
            Choose an archive
          </Button>
          <Button icon={<FolderOpen size={14} />} onClick={() => folder.current?.click()}>
            Choose a folder
          </Button>
        </div>
        <input
          ref={archive}
          type="file"
          hidden
          aria-label="Archive"
          accept=".zip,.tar,.tgz,.tar.gz,application/zip,application/gzip,application/x-tar"
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file !== undefined) setChosen({ kind: "archive", file });
          }}
        />
        <input
          ref={folder}
          type="file"
          hidden
          aria-label="Folder"
          {...{ webkitdirectory: "" }}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            if (files.length > 0) setChosen({ kind: "folder", files });
          }}
        />
      </div>
      {chosen?.kind === "archive" && (
        <TextField
          label="Folder in the archive (optional)"
          placeholder="skills/refunds"
          hint="Where the SKILL.md is, if not at the top or in the one folder there."
          value={subfolder}
          onChange={(event) => setSubfolder(event.target.value)}
        />
      )}
      <Terms {...terms} onChange={(next) => setTerms({ ...terms, ...next })} />
      {adding.error !== null && <Failure reason={adding.error} />}
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="ink" type="submit" disabled={chosen === null} busy={adding.isPending}>
          Add the skill
        </Button>
      </div>
    </form>
  );
}

function chosenWords(chosen: Chosen): string {
  if (chosen.kind === "archive") return `${chosen.file.name}, ${byteWords(chosen.file.size)}`;
  const folder = chosen.files[0]?.webkitRelativePath.split("/")[0] ?? "the folder";
  return `${folder}: ${chosen.files.length} ${chosen.files.length === 1 ? "file" : "files"}, ${byteWords(chosen.files.reduce((sum, one) => sum + one.size, 0))}`;
}
