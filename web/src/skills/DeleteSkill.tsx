import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField } from "../ui/Field";
import { deleteSkill, type SkillDetail, skillsChanged } from "./queries";

/** Delete a version, or the whole skill. The server refuses while an agent has it or a run that began with it goes on. */
export function DeleteSkill({ skill, onClose }: { skill: SkillDetail; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [all, setAll] = useState(false);
  const acting = useMutation({
    mutationFn: () => deleteSkill(all ? skill.name : `${skill.name}@${skill.number}`),
    onSuccess: async () => {
      await navigate({ to: "/skills" });
      client.removeQueries({ queryKey: ["skills", "one"] });
      await skillsChanged(client);
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={all ? `Delete ${skill.name}` : `Delete version ${skill.number} of ${skill.name}`}
      description="Its files are gone then, and its number is never given again. Export it first if you may want it back."
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={acting.isPending} onClick={() => acting.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <CheckField label="All of its versions" checked={all} onChange={(event) => setAll(event.target.checked)} />
      {acting.error !== null && <Failure reason={acting.error} />}
    </Dialog>
  );
}
