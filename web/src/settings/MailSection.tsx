import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { userList } from "../people/queries";
import { may, session } from "../session";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { CheckField, SelectField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { useAct } from "../ui/useAct";
import { Wrong } from "../ui/Wrong";
import { Fields, Panel, Part } from "./Part";
import { signedIn } from "./sections";

type Wanted = Schema<"SettingsOut">;
type Kind = Wanted["mail"][number];

const settings = queryOptions({
  queryKey: ["inbox", "settings"],
  queryFn: ({ signal }) => ask(api.GET("/v1/inbox/settings", { signal })),
});

const KINDS: Record<Kind, string> = {
  assigned: "A task was given to me",
  mentioned: "Somebody mentions me",
  question: "An agent asks me something",
  approval: "An approval waits for me",
  due: "A task of mine is due",
  done: "An agent finished a task of mine",
  commented: "Somebody speaks on a task that I watch",
};
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** What the reader's inbox sends them by mail. Nothing, until they ask for it. */
export default function MailSection() {
  const { me } = session();
  const users = useQuery({ ...userList, enabled: !signedIn() && may("people:read") });
  const known = signedIn() || (users.data?.some((user) => user.name === me.name) ?? false);
  const { data, error, refetch } = useQuery({ ...settings, enabled: known });
  return (
    <Part
      title="Mail"
      about="What waits in your inbox, sent to the address of your account by the workspace's mail channel. Nothing is mailed until you ask for it."
    >
      {me.kind !== "person" ? (
        <p className="quiet">An inbox belongs to a person; you are here by a key.</p>
      ) : !known && users.error !== null ? (
        <Failure reason={users.error} retry={() => void users.refetch()} />
      ) : !known && (signedIn() || users.isFetched || users.fetchStatus === "idle") ? (
        <NoInbox name={me.name} />
      ) : data !== undefined ? (
        <Form key={JSON.stringify(data)} of={data} />
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={5} />
      )}
    </Part>
  );
}

function NoInbox({ name }: { name: string }) {
  const add = useAct(() => ask(api.POST("/v1/users", { body: { name } })), ["users"]);
  return (
    <Panel>
      <p>
        This server is open to its own machine, where you are “{name}”. There is no inbox of that name until somebody is called
        so.
      </p>
      <Wrong problem={add.problem} />
      {may("people:write") && (
        <div>
          <Button busy={add.busy} onClick={() => void add.run(undefined)}>
            Add {name}
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Form({ of: wanted }: { of: Wanted }) {
  const client = useQueryClient();
  const [digest, setDigest] = useState(wanted.digest);
  const [hour, setHour] = useState(wanted.hour);
  const [weekday, setWeekday] = useState(wanted.weekday);
  const [zone, setZone] = useState(wanted.digest === "off" && wanted.time_zone === "UTC" ? ownZone() : wanted.time_zone);
  const [mail, setMail] = useState<Kind[]>(wanted.mail);
  const save = useAct(async () => {
    const body = { digest, hour, weekday, time_zone: zone, mail };
    client.setQueryData(settings.queryKey, await ask(api.PUT("/v1/inbox/settings", { body })));
  });
  return (
    <Panel>
      <form
        noValidate
        style={{ display: "grid", gap: 16 }}
        onSubmit={(event) => {
          event.preventDefault();
          void save.run(undefined);
        }}
      >
        <Fields>
          <SelectField
            label="A digest of what is unread"
            value={digest}
            onChange={(event) => setDigest(event.target.value as Wanted["digest"])}
          >
            <option value="off">Never</option>
            <option value="daily">Every day</option>
            <option value="weekly">Once a week</option>
          </SelectField>
          {digest === "weekly" && (
            <SelectField label="On" value={weekday} onChange={(event) => setWeekday(Number(event.target.value))}>
              {DAYS.map((day, index) => (
                <option key={day} value={index + 1}>
                  {day}
                </option>
              ))}
            </SelectField>
          )}
          {digest !== "off" && (
            <>
              <SelectField label="At" value={hour} onChange={(event) => setHour(Number(event.target.value))}>
                {Array.from({ length: 24 }, (_, one) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its number
                  <option key={one} value={one}>
                    {String(one).padStart(2, "0")}:00
                  </option>
                ))}
              </SelectField>
              <SelectField
                label="Time zone"
                value={zone}
                error={save.problem?.fault("/time_zone")}
                onChange={(event) => setZone(event.target.value)}
              >
                {zones(zone).map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </SelectField>
            </>
          )}
        </Fields>
        <fieldset style={{ display: "grid", gap: 8 }}>
          <legend style={{ padding: "0 0 8px", fontWeight: 500, fontSize: 13 }}>At once, unless read within a minute</legend>
          {(Object.keys(KINDS) as Kind[]).map((kind) => (
            <CheckField
              key={kind}
              label={KINDS[kind]}
              checked={mail.includes(kind)}
              onChange={(event) => setMail(event.target.checked ? [...mail, kind] : mail.filter((one) => one !== kind))}
            />
          ))}
        </fieldset>
        <Wrong problem={save.problem} fields={["/time_zone"]} />
        <div>
          <Button type="submit" look="ink" busy={save.busy}>
            Save
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function zones(chosen: string): string[] {
  return [...new Set([chosen, ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}
