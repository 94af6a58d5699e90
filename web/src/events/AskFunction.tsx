import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { functionList } from "../functions/queries";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { Skeleton } from "../ui/Skeleton";
import { Answers } from "./Answers";
import styles from "./Answers.module.css";
import { type EventDetails, eventDetails } from "./queries";

/** Why some other function did not run: one that listens to another name is told of only when it is asked for. */
export function AskFunction({ event, fn }: { event: EventDetails; fn: string | undefined }) {
  const navigate = useNavigate({ from: "/events/$id" });
  const { data: functions } = useQuery(functionList);
  const told = new Set(event.functions.map((answer) => answer.function));
  const others = (functions ?? []).filter((one) => !told.has(one.id));
  const asked = fn !== undefined && !told.has(fn) ? fn : undefined;
  const { data, error, refetch } = useQuery({ ...eventDetails(event.event_id, asked), enabled: asked !== undefined });
  if (functions === undefined || (others.length === 0 && asked === undefined)) return null;
  return (
    <div className={styles.answers}>
      <Picker
        label="Why not another function?"
        placeholder="Its name"
        options={others.map((one) => ({ value: one.id, label: one.id, hint: one.triggers.join(", ") || "no trigger" }))}
        value={asked ?? null}
        clearable
        onChange={(next) => void navigate({ search: (held) => ({ ...held, fn: next ?? undefined }), replace: true })}
      />
      {asked !== undefined &&
        (error ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : data === undefined ? (
          <Skeleton lines={2} label="Asking" />
        ) : (
          <Answers event={data} only={data.functions} />
        ))}
    </div>
  );
}
