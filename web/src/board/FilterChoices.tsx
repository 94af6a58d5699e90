import { useQuery } from "@tanstack/react-query";
import { session } from "../session";
import { CheckField } from "../ui/Field";
import { Picker, type PickerOption } from "../ui/Picker";
import type { BoardFilter } from "./board_filter";
import { PRIORITIES, type Priority } from "./card";
import styles from "./FilterBar.module.css";
import { useAssigneeOptions } from "./options";
import { priorityWord } from "./PriorityMark";
import { oneBoard } from "./queries";

/** Whose cards, with which labels, how urgent, and whether those that were put away too. */
export function FilterChoices({
  board,
  filter,
  onChange,
}: {
  board: string;
  filter: BoardFilter;
  onChange: (part: Partial<BoardFilter>) => void;
}) {
  const { data } = useQuery(oneBoard(board));
  const anyone: PickerOption[] = [
    { value: "me", label: "me", hint: session().me.name },
    { value: "nobody", label: "nobody", hint: "cards without anybody" },
    ...useAssigneeOptions().map((one) => ({ ...one, value: one.label })),
  ];
  const labels = (data?.labels ?? []).map(({ name }) => ({ value: name, label: name }));
  return (
    <>
      <Picker
        label="Assignee"
        options={anyone.filter((one, index) => anyone.findIndex((other) => other.value === one.value) === index)}
        value={filter.assignee}
        onChange={(assignee) => onChange({ assignee })}
        clearable
        placeholder="Anyone"
      />
      <Picker
        label="Label"
        options={labels.filter((one) => !filter.labels.includes(one.value))}
        value={null}
        onChange={(label) => label !== null && onChange({ labels: [...filter.labels, label] })}
        placeholder={filter.labels.length === 0 ? "Any" : `${filter.labels.join(", ")} and…`}
        noMatch="The board has no such label"
      />
      <fieldset className={styles.priorities}>
        <legend>Priority</legend>
        {PRIORITIES.map((priority) => (
          <CheckField
            key={priority}
            label={priorityWord(priority)}
            checked={filter.priorities.includes(priority)}
            onChange={() => onChange({ priorities: toggled(filter.priorities, priority) })}
          />
        ))}
      </fieldset>
      <CheckField
        label="Archived cards too"
        checked={filter.archived}
        onChange={(event) => onChange({ archived: event.target.checked })}
      />
    </>
  );
}

function toggled(held: readonly Priority[], one: Priority): Priority[] {
  return held.includes(one) ? held.filter((other) => other !== one) : [...held, one];
}
