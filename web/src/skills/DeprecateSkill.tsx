import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField, TextField } from "../ui/Field";
import { deprecate, type SkillDetail, skillsChanged } from "./queries";

/** Say that a version should not be used any more, or none of them. */
export function DeprecateSkill({ skill, onClose }: { skill: SkillDetail; onClose: () => void }) {
  const client = useQueryClient();
  const form = useId();
  const [reason, setReason] = useState("");
  const [all, setAll] = useState(false);
  const acting = useMutation({
    mutationFn: () => deprecate(all ? skill.name : `${skill.name}@${skill.number}`, reason.trim() || null),
    onSuccess: async () => {
      await skillsChanged(client);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Deprecate ${skill.name}, version ${skill.number}`}
      description="It can still be used by whoever names it. The bare name means the newest version that is not deprecated."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={acting.isPending}>
            Deprecate
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          acting.mutate();
        }}
      >
        <TextField
          label="Why (optional)"
          placeholder="it pays twice"
          maxLength={500}
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </form>
      <CheckField label="All of its versions" checked={all} onChange={(event) => setAll(event.target.checked)} />
      {acting.error !== null && <Failure reason={acting.error} />}
    </Dialog>
  );
}
