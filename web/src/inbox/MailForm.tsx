import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { CheckField, SelectField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { useAct } from "../ui/useAct";
import { Wrong } from "../ui/Wrong";
import type { ItemKind } from "./item";
import styles from "./MailForm.module.css";
import { inboxSettings } from "./queries";

type Wanted = Schema<"SettingsOut">;

const WORDS: Record<ItemKind, string> = {
  assigned: "A task was given to me",
  mentioned: "Somebody mentions me",
  question: "An agent asks me something",
  approval: "An approval waits for me",
  due: "A task of mine is due",
  done: "An agent finished a task of mine",
  commented: "Somebody speaks on a task that I watch",
};
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** What comes by mail beside: a digest at an hour, and kinds that come at once. Nothing, until it is asked for. */
export function MailForm() {
  const { data, error, refetch } = useQuery(inboxSettings);
  if (data !== undefined) return <Form held={data} />;
  if (error) return <Failure reason={error} retry={() => void refetch()} />;
  return <Skeleton lines={5} label="Loading what comes by mail" />;
}

function Form({ held }: { held: Wanted }) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState(() => (isUntouched(held) ? { ...held, time_zone: ownZone() } : held));
  const [kept, setKept] = useState(false);
  const save = useAct(async () => {
    client.setQueryData(inboxSettings.queryKey, await ask(api.PUT("/v1/inbox/settings", { body: wanted })));
    setKept(true);
  });
  const change = (part: Partial<Wanted>) => {
    setWanted({ ...wanted, ...part });
    setKept(false);
  };
  const mailed = (kind: ItemKind, on: boolean) =>
    change({ mail: on ? [...wanted.mail, kind] : wanted.mail.filter((one) => one !== kind) });
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save.run(undefined);
      }}
    >
      <div className={styles.row}>
        <SelectField
          label="A digest of what is unread"
          value={wanted.digest}
          onChange={(event) => change({ digest: event.target.value as Wanted["digest"] })}
        >
          <option value="off">Never</option>
          <option value="daily">Every day</option>
          <option value="weekly">Once a week</option>
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
            <SelectField
              label="Time zone"
              value={wanted.time_zone}
              error={save.problem?.fault("/time_zone")}
              onChange={(event) => change({ time_zone: event.target.value })}
            >
              {zones(wanted.time_zone).map((zone) => (
                <option key={zone}>{zone}</option>
              ))}
            </SelectField>
          </>
        )}
      </div>
      <fieldset className={styles.kinds}>
        <legend className={styles.legend}>At once, unless read within a minute</legend>
        {(Object.keys(WORDS) as ItemKind[]).map((kind) => (
          <CheckField
            key={kind}
            label={WORDS[kind]}
            checked={wanted.mail.includes(kind)}
            onChange={(event) => mailed(kind, event.target.checked)}
          />
        ))}
      </fieldset>
      <Wrong problem={save.problem} fields={["/time_zone"]} />
      <div className={styles.end}>
        <Button type="submit" look="ink" busy={save.busy}>
          Save
        </Button>
        <span role="status" className="quiet">
          {kept ? "Saved." : ""}
        </span>
      </div>
    </form>
  );
}

/** Nobody has chosen a time zone yet: the reader's own is what they would. */
function isUntouched(held: Wanted): boolean {
  return held.digest === "off" && held.time_zone === "UTC";
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function zones(chosen: string): string[] {
  return [...new Set([chosen, ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}
