import { useNavigate } from "@tanstack/react-router";
import { Chooser } from "../ui/Chooser";
import { Dialog } from "../ui/Dialog";
import { ImportSkill } from "./ImportSkill";
import { UploadSkill } from "./UploadSkill";
import { WriteSkill } from "./WriteSkill";

const WAYS = [
  { value: "write", label: "Write it" },
  { value: "upload", label: "Upload" },
  { value: "import", label: "From an address" },
] as const;

/** A new skill, or a new version of one: written here, from a file or folder of this machine, or fetched by the server. */
export function NewSkill({ way, onClose }: { way: string; onClose: () => void }) {
  const navigate = useNavigate({ from: "/skills" });
  const shown = WAYS.find((one) => one.value === way) ?? WAYS[0];
  return (
    <Dialog
      open
      onClose={onClose}
      title="New skill"
      description="The same name as a skill that is there makes its next version."
      size="large"
    >
      <Chooser
        label="Where it comes from"
        options={WAYS}
        current={shown.value}
        onChoose={(next) => void navigate({ search: (held) => ({ ...held, new: next }), replace: true })}
      />
      {shown.value === "write" && <WriteSkill onClose={onClose} />}
      {shown.value === "upload" && <UploadSkill onClose={onClose} />}
      {shown.value === "import" && <ImportSkill onClose={onClose} />}
    </Dialog>
  );
}
