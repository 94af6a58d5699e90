import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { CheckField, SelectField, TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { type ItemKind, KINDS } from "./item";
import styles from "./MailSettings.module.css";
import { inboxSettings } from "./queries";

type Settings = Schema<"SettingsOut">;

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** What comes by mail beside: a digest at an hour, and kinds that come at once. Nothing, until it is asked for. */
export function MailSettings() {
  const { data, error, refetch } = useQuery(inboxSettings);
  if (data === undefined)
    return error ? (
      <Failure reason={error} retry={() => void refetch()} />
    ) : (
      <Skeleton lines={5} label="Loading what comes by mail" />
    );
  return <Form held={data} />;
}

function Form({ held }: { held: Settings }) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState(held);
  const [state, setState] = useState<"idle" | "busy" | "kept">("idle");
  const [failure, setFailure] = useState<Problem | null>(null);
  const change = (part: Partial<Settings>) => {
    setWanted({ ...wanted, ...part });
    setState("idle");
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setState("busy");
    setFailure(null);
    try {
      client.setQueryData(inboxSettings.queryKey, await ask(api.PUT("/v1/inbox/settings", { body: wanted })));
      setState("kept");
    } catch (reason) {
      setFailure(reason instanceof Problem ? reason : Problem.unreachable());
      setState("idle");
    }
  };
  const mailed = (kind: ItemKind, on: boolean) =>
    change({ mail: on ? [...wanted.mail, kind] : wanted.mail.filter((one) => one !== kind) });
  return (
    <form className={styles.form} onSubmit={(event) => void save(event)}>
      <div className={styles.row}>
        <SelectField
          label="A digest of what is unread"
          value={wanted.digest}
          onChange={(event) => change({ digest: event.target.value as Settings["digest"] })}
        >
          <option value="off">Never</option>
          <option value="daily">Every day</option>
          <option value="weekly">Every week</option>
        </SelectField>
        {wanted.digest === "weekly" && (
          <SelectField label="On" value={wanted.weekday} onChange={(event) => change({ weekday: Number(event.target.value) })}>
            {DAYS.map((day, index) => (
              <option key={day} value={index + 1}>
                {day}
              </option>
            ))}
          </SelectField>
        )}
        {wanted.digest !== "off" && (
          <>
            <SelectField label="At" value={wanted.hour} onChange={(event) => change({ hour: Number(event.target.value) })}>
              {HOURS.map((hour) => (
                <option key={hour} value={hour}>
                  {String(hour).padStart(2, "0")}:00
                </option>
              ))}
            </SelectField>
            <TextField
              label="By the clock of"
              value={wanted.time_zone}
              onChange={(event) => change({ time_zone: event.target.value })}
              error={failure?.fault("/time_zone")}
            />
          </>
        )}
      </div>
      <fieldset className={styles.kinds}>
        <legend className={styles.legend}>At once, unless you have read it within a minute</legend>
        {(Object.keys(KINDS) as ItemKind[]).map((kind) => (
          <CheckField
            key={kind}
            label={KINDS[kind].several}
            checked={wanted.mail.includes(kind)}
            onChange={(event) => mailed(kind, event.target.checked)}
          />
        ))}
      </fieldset>
      <p className="quiet">It goes to the address of your account, by the tenant's mail channel.</p>
      {failure !== null && failure.fault("/time_zone") === undefined && <Failure reason={failure} />}
      <div className={styles.end}>
        <Button type="submit" look="ink" busy={state === "busy"}>
          Save
        </Button>
        <span role="status" className="quiet">
          {state === "kept" ? "Saved." : ""}
        </span>
      </div>
    </form>
  );
}
