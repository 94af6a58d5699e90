import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { may } from "../session";
import { IconButton } from "../ui/Button";
import { Picker } from "../ui/Picker";
import { StateGlyph } from "../ui/StateMark";
import styles from "./Lists.module.css";
import { useTaskOptions } from "./options";
import { Section } from "./Section";
import type { Task } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

/** The tasks that have to be done first, and which of them are. */
export function Dependencies({ task, acts }: { task: Task; acts: TaskActs }) {
  const options = useTaskOptions(task.board, [task.key, ...task.depends_on]);
  const writes = may("tasks:write");
  if (!writes && task.depends_on.length === 0) return null;
  const waiting = new Set(task.blocked_by);
  return (
    <Section title="Waits for">
      {task.depends_on.length > 0 && (
        <ul className={styles.list}>
          {task.depends_on.map((key) => (
            <li key={key} className={styles.item}>
              <StateGlyph state={waiting.has(key) ? "waiting" : "completed"} />
              <Link to="/board/$key" params={{ key }} className="mono">
                {key}
              </Link>
              <span className="faint truncate">
                {waiting.has(key) ? (options.find((one) => one.value === key)?.label ?? "not done yet") : "done"}
              </span>
              {writes && (
                <IconButton
                  size="small"
                  className={styles.end}
                  label={`Do not wait for ${key}`}
                  icon={<X size={14} />}
                  onClick={() => void acts.dependNoMore(key)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {task.waits && task.blocked_by.length === 0 && (
        <p className="quiet">Begins when there is room in the column in which it is worked on.</p>
      )}
      {writes && (
        <Picker
          label="Another task to wait for"
          labelHidden
          options={options}
          value={null}
          onChange={(key) => key !== null && void acts.dependOn(key)}
          placeholder={task.depends_on.length === 0 ? "No other task" : "And…"}
          noMatch="No card of that name on this board"
        />
      )}
    </Section>
  );
}
