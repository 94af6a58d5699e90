import { useState } from "react";
import { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import styles from "./NewSkill.module.css";
import { importSkill } from "./queries";
import { Terms } from "./Terms";
import { useAddSkill } from "./useAddSkill";

/** A skill that the server fetches from an address, once. What is kept is a copy. */
export function ImportSkill({ onClose }: { onClose: () => void }) {
  const [url, setUrl] = useState("");
  const [sha256, setSha256] = useState("");
  const [terms, setTerms] = useState({ label: "", vouched: false });
  const adding = useAddSkill(importSkill, onClose);
  const problem = adding.error instanceof Problem ? adding.error : null;
  const urlFault = problem?.fault("/url");
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        adding.mutate({
          url: url.trim(),
          vouched: terms.vouched,
          ...(sha256.trim() ? { sha256: sha256.trim() } : {}),
          ...(terms.label ? { label: terms.label } : {}),
        });
      }}
    >
      <TextField
        label="Address of a zip or tar.gz"
        type="url"
        placeholder="https://example.com/skills.zip#subfolder=skills/refunds"
        hint="#subfolder= names a folder in it. The server fetches it once, from where it may call."
        value={url}
        error={urlFault && [urlFault, problem?.hint].filter(Boolean).join("; ")}
        onChange={(event) => setUrl(event.target.value)}
      />
      <TextField
        label="SHA-256 of the archive (optional)"
        hint="Any other archive is refused. Without it only https is taken."
        className="mono"
        maxLength={64}
        value={sha256}
        error={problem?.fault("/sha256")}
        onChange={(event) => setSha256(event.target.value)}
      />
      <Terms {...terms} error={problem?.fault("/label")} onChange={(next) => setTerms({ ...terms, ...next })} />
      {adding.error !== null && urlFault === undefined && <Failure reason={adding.error} />}
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="ink" type="submit" disabled={url.trim() === ""} busy={adding.isPending}>
          Fetch and add
        </Button>
      </div>
    </form>
  );
}
