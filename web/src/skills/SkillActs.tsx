import { useQueryClient } from "@tanstack/react-query";
import { Download, MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button, IconButton } from "../ui/Button";
import { Menu, type MenuItem } from "../ui/Menu";
import { tell } from "../ui/tell";
import { DeleteSkill } from "./DeleteSkill";
import { DeprecateSkill } from "./DeprecateSkill";
import { NewVersion } from "./NewVersion";
import { type SkillDetail, skillsChanged, undeprecate } from "./queries";
import { ShareSkill } from "./ShareSkill";
import styles from "./SkillActs.module.css";

type Act = "version" | "deprecate" | "share" | "delete";

/** What can be done with a skill. One that workers publish is theirs: it is changed by adding one of the same name. */
export function SkillActs({ skill }: { skill: SkillDetail }) {
  const client = useQueryClient();
  const [act, setAct] = useState<Act | null>(null);
  const own = skill.layer === "tenant";
  const mayWrite = may("skills:write");
  const title = `${skill.name}@${skill.number}`;
  const close = () => setAct(null);
  const newVersion = own ? "New version" : "Make it yours";
  useShortcuts(mayWrite ? [{ keys: "c", label: newVersion, group: "Skill", run: () => setAct("version") }] : []);

  const items: (MenuItem | "separator")[] = [];
  if (may("skills:share")) items.push({ label: "Share…", onSelect: () => setAct("share") });
  if (mayWrite && own) {
    items.push(
      skill.deprecated_at === null
        ? { label: "Deprecate…", hint: "agents that name no version get another one", onSelect: () => setAct("deprecate") }
        : {
            label: "No longer deprecated",
            onSelect: () =>
              void undeprecate(title)
                .then(() => skillsChanged(client))
                .catch(tell(`${title} is still deprecated`)),
          },
      "separator",
      { label: "Delete…", danger: true, onSelect: () => setAct("delete") },
    );
  }
  return (
    <>
      <a
        className={styles.export}
        href={`/v1/skills/${encodeURIComponent(title)}/archive`}
        download={`${skill.name}-${skill.number}.zip`}
      >
        <Download size={14} />
        Export
      </a>
      {mayWrite && (
        <Button look="ink" hotkey="c" onClick={() => setAct("version")}>
          {newVersion}
        </Button>
      )}
      {items.length > 0 && (
        <Menu
          label="What can be done with it"
          align="end"
          items={items}
          trigger={<IconButton label="More" icon={<MoreHorizontal size={16} />} />}
        />
      )}
      {act === "version" && <NewVersion skill={skill} onClose={close} />}
      {act === "deprecate" && <DeprecateSkill skill={skill} onClose={close} />}
      {act === "share" && <ShareSkill skill={skill} onClose={close} />}
      {act === "delete" && <DeleteSkill skill={skill} onClose={close} />}
    </>
  );
}
