import { useNavigate } from "@tanstack/react-router";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ImportSkill } from "./ImportSkill";
import styles from "./NewSkill.module.css";
import { UploadSkill } from "./UploadSkill";
import { WriteSkill } from "./WriteSkill";

const WAYS = [
  { name: "write", label: "Write it" },
  { name: "upload", label: "Upload" },
  { name: "import", label: "From an address" },
] as const;

/** A new skill, or a new version of one: written here, from a file or folder of this machine, or fetched by the server. */
export function NewSkill({ way, onClose }: { way: string; onClose: () => void }) {
  const navigate = useNavigate({ from: "/skills" });
  const shown = WAYS.find((one) => one.name === way) ?? WAYS[0];
  return (
    <Dialog
      open
      onClose={onClose}
      title="New skill"
      description="The same name as a skill that is there makes its next version."
      size="large"
    >
      <fieldset className={styles.ways} aria-label="Where it comes from">
        {WAYS.map((one) => (
          <Button
            key={one.name}
            size="small"
            look="bare"
            aria-pressed={one === shown}
            className={styles.way}
            onClick={() => void navigate({ search: (held) => ({ ...held, new: one.name }), replace: true })}
          >
            {one.label}
          </Button>
        ))}
      </fieldset>
      {shown.name === "write" && <WriteSkill onClose={onClose} />}
      {shown.name === "upload" && <UploadSkill onClose={onClose} />}
      {shown.name === "import" && <ImportSkill onClose={onClose} />}
    </Dialog>
  );
}
