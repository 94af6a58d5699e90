import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { type SkillDetail, sharedSkills, shareSkill, skillsChanged } from "./queries";
import { StopSharing } from "./SharedList";
import styles from "./SharedList.module.css";

/** Let other tenants of this deployment take a version over, and see who may. */
export function ShareSkill({ skill, onClose }: { skill: SkillDetail; onClose: () => void }) {
  const client = useQueryClient();
  const { data: shared, error, refetch } = useQuery({ ...sharedSkills, refetchOnMount: "always" });
  const [whom, setWhom] = useState<"all" | "one">("all");
  const [tenant, setTenant] = useState("");
  const sharing = useMutation({
    mutationFn: () => shareSkill(`${skill.name}@${skill.number}`, whom === "all" ? null : tenant.trim()),
    onSuccess: () => {
      setTenant("");
      return skillsChanged(client);
    },
  });
  const problem = sharing.error instanceof Problem ? sharing.error : null;
  const own = shared?.filter((one) => one.own && one.name === skill.name);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Share ${skill.name}, version ${skill.number}`}
      description="Who may take it over gets a copy. Taking the share back takes nothing from who has one; later versions do not follow."
      actions={<Button onClick={onClose}>Done</Button>}
    >
      {error !== null && shared === undefined ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : own === undefined ? (
        <Skeleton lines={2} label="Loading shares" />
      ) : (
        own.length > 0 && (
          <ul className={styles.list}>
            {own.map((one) => (
              <li key={one.id} className={styles.row}>
                <span className={styles.what}>
                  version {one.number} with {one.with === null ? "every tenant" : <code>{one.with}</code>}
                </span>
                <StopSharing share={one} />
              </li>
            ))}
          </ul>
        )
      )}
      <form
        className={styles.part}
        onSubmit={(event) => {
          event.preventDefault();
          sharing.mutate();
        }}
      >
        <SelectField label="With" value={whom} onChange={(event) => setWhom(event.target.value === "all" ? "all" : "one")}>
          <option value="all">every tenant of this deployment</option>
          <option value="one">one tenant</option>
        </SelectField>
        {whom === "one" && (
          <TextField
            label="The tenant's id"
            placeholder="tnt_…"
            className="mono"
            value={tenant}
            error={problem?.fault("/with")}
            onChange={(event) => setTenant(event.target.value)}
          />
        )}
        <div>
          <Button look="ink" type="submit" busy={sharing.isPending} disabled={whom === "one" && tenant.trim() === ""}>
            Share
          </Button>
        </div>
      </form>
      {sharing.error !== null && problem?.fault("/with") === undefined && <Failure reason={sharing.error} />}
    </Dialog>
  );
}
