import { useQueries } from "@tanstack/react-query";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { type SkillDetail, type SkillFiles, skillFile } from "./queries";
import { WriteSkill } from "./WriteSkill";

/** The next version of a skill, written over the files of the one that is shown. */
export function NewVersion({ skill, onClose }: { skill: SkillDetail; onClose: () => void }) {
  const files = useQueries({ queries: skill.manifest.map((one) => skillFile(skill.name, skill.number, one.path)) });
  const failed = files.find((one) => one.error !== null);
  const loaded = files.flatMap((one) => one.data ?? []);
  const begun: SkillFiles = {
    files: Object.fromEntries(loaded.flatMap((one) => (one.text === null ? [] : [[one.path, one.text]]))),
    base64_files: Object.fromEntries(loaded.flatMap((one) => (one.base64 === null ? [] : [[one.path, one.base64]]))),
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={skill.layer === "tenant" ? `New version of ${skill.name}` : `Your own ${skill.name}`}
      description={
        skill.layer === "tenant"
          ? `It begins as version ${skill.number}. Versions never change: this makes the next one.`
          : "The one that workers publish stays as it is. Agents of this tenant get yours instead."
      }
      size="large"
    >
      {failed !== undefined ? (
        <Failure reason={failed.error} retry={() => void failed.refetch()} />
      ) : loaded.length < skill.manifest.length ? (
        <Skeleton lines={8} label="Loading its files" />
      ) : (
        <WriteSkill begun={begun} onClose={onClose} />
      )}
    </Dialog>
  );
}
