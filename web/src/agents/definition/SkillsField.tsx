import { useEffect } from "react";
import { useSkills } from "../../skills/queries";
import { nameAndVersion } from "../../skills/skill_words";
import { SelectField } from "../../ui/Field";
import type { Pages } from "../../ui/usePages";
import { ChosenList } from "./ChosenList";
import styles from "./ChosenList.module.css";

/** What the agent is taught. Each skill is the newest version of it, unless one is pinned. */
export function SkillsField({
  value,
  error,
  onChange,
}: {
  value: string[];
  error?: string;
  onChange: (value: string[]) => void;
}) {
  const skills = useWhole(useSkills());
  const taken = new Set(value.map((one) => nameAndVersion(one).name));
  const options = (skills ?? [])
    .filter((skill) => !taken.has(skill.name))
    .map((skill) => ({ value: skill.name, label: skill.name, hint: skill.description }));
  return (
    <ChosenList
      label="Skills"
      options={options}
      value={value}
      error={error}
      onChange={onChange}
      placeholder={value.length === 0 ? "Add a skill" : "Add another"}
      noMatch="No skill of that name"
      row={(one) => {
        const { name, version } = nameAndVersion(one);
        const skill = skills?.find((known) => known.name === name);
        const versions = Array.from({ length: skill?.number ?? 0 }, (_, index) => String((skill?.number ?? 0) - index));
        if (version !== null && !versions.includes(version)) versions.push(version);
        return (
          <span className={styles.row}>
            <span className={styles.mono}>{name}</span>
            <span className={`truncate ${styles.what}`} title={skill?.description}>
              {skill?.description}
            </span>
            <SelectField
              label={`Version of ${name}`}
              labelHidden
              value={version ?? ""}
              onChange={(event) => {
                const pinned = event.target.value === "" ? name : `${name}@${event.target.value}`;
                onChange(value.map((held) => (held === one ? pinned : held)));
              }}
            >
              <option value="">newest</option>
              {versions.map((number) => (
                <option key={number} value={number}>
                  {/^\d/.test(number) ? `version ${number}` : number}
                </option>
              ))}
            </SelectField>
          </span>
        );
      }}
    />
  );
}

/** A list page by page until all of it is there: to choose from it, it has to be. */
export function useWhole<T>({ rows, hasMore, loadingMore, more }: Pages<T>): T[] | undefined {
  useEffect(() => {
    if (hasMore && !loadingMore) more();
  });
  return rows;
}
