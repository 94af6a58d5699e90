import { Eye, EyeOff, X } from "lucide-react";
import { useState } from "react";
import { may, session } from "../session";
import { Avatar } from "../ui/Avatar";
import { Button, IconButton } from "../ui/Button";
import { Picker } from "../ui/Picker";
import styles from "./Lists.module.css";
import { usePersonOptions } from "./options";
import { Section } from "./Section";
import type { Task } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

/** Who hears of what is said here. */
export function Watchers({ task, acts }: { task: Task; acts: TaskActs }) {
  const [adding, setAdding] = useState(false);
  const people = usePersonOptions();
  const me = session().me.name;
  const isPerson = people.some((one) => one.value === me);
  const watching = task.watchers.includes(me);
  const writes = may("tasks:write");
  return (
    <Section
      title={<>Watchers {task.watchers.length > 0 && <span className="number faint">{task.watchers.length}</span>}</>}
      aside={
        isPerson && (
          <Button
            size="small"
            look="bare"
            icon={watching ? <EyeOff size={14} /> : <Eye size={14} />}
            onClick={() => void (watching ? acts.unwatch(me) : acts.watch(me))}
          >
            {watching ? "Stop watching" : "Watch"}
          </Button>
        )
      }
    >
      {task.watchers.length > 0 && (
        <ul className={styles.list}>
          {task.watchers.map((name) => (
            <li key={name} className={styles.item}>
              <Avatar name={name} kind="person" size={18} />
              <span className="truncate">{name}</span>
              {writes && (
                <IconButton
                  size="small"
                  className={styles.end}
                  label={`${name} no longer watches it`}
                  icon={<X size={14} />}
                  onClick={() => void acts.unwatch(name)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {writes && !adding && (
        <div>
          <Button size="small" look="bare" onClick={() => setAdding(true)}>
            Add somebody
          </Button>
        </div>
      )}
      {adding && (
        <Picker
          label="Who is to watch it"
          labelHidden
          options={people.filter((one) => !task.watchers.includes(one.value))}
          value={null}
          placeholder="Somebody"
          opened
          onChange={(name) => {
            setAdding(false);
            if (name !== null) void acts.watch(name);
          }}
        />
      )}
    </Section>
  );
}
