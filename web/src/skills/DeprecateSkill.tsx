import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { CheckField, TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { useAct } from "../ui/useAct";
import { deprecate, type SkillDetail, skillsChanged } from "./queries";

/** Say that a version should not be used any more, or none of them. */
export function DeprecateSkill({ skill, onClose }: { skill: SkillDetail; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [all, setAll] = useState(false);
  const act = useAct(async () => {
    await deprecate(all ? skill.name : `${skill.name}@${skill.number}`, reason.trim() || null);
    await skillsChanged(client);
    onClose();
  });
  return (
    <FormDialog
      title={`Deprecate ${skill.name}, version ${skill.number}`}
      description="It can still be used by whoever names it. The bare name means the newest version that is not deprecated."
      submit="Deprecate"
      busy={act.busy}
      problem={act.problem}
      onClose={onClose}
      onSubmit={() => void act.run(undefined)}
    >
      <TextField
        label="Why (optional)"
        placeholder="it pays twice"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <CheckField label="All of its versions" checked={all} onChange={(event) => setAll(event.target.checked)} />
    </FormDialog>
  );
}
