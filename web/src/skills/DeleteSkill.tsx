import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { CheckField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { useAct } from "../ui/useAct";
import { deleteSkill, type SkillDetail, skillsChanged } from "./queries";

/** Delete a version, or the whole skill. The server refuses while an agent has it or a run that began with it goes on. */
export function DeleteSkill({ skill, onClose }: { skill: SkillDetail; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [all, setAll] = useState(false);
  const act = useAct(async () => {
    await deleteSkill(all ? skill.name : `${skill.name}@${skill.number}`);
    await navigate({ to: "/skills" });
    client.removeQueries({ queryKey: ["skills", "one"] });
    await skillsChanged(client);
  });
  return (
    <FormDialog
      title={all ? `Delete ${skill.name}` : `Delete version ${skill.number} of ${skill.name}`}
      description="Its files are gone then, and its number is never given again. Export it first if you may want it back."
      submit="Delete"
      danger
      busy={act.busy}
      problem={act.problem}
      onClose={onClose}
      onSubmit={() => void act.run(undefined)}
    >
      <CheckField label="All of its versions" checked={all} onChange={(event) => setAll(event.target.checked)} />
    </FormDialog>
  );
}
