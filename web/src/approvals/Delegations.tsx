import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { userList } from "../people/queries";
import { may, session } from "../session";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { localMoment, momentOfLocal } from "../ui/json_text";
import { Picker } from "../ui/Picker";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import styles from "./Grants.module.css";
import { delegationList } from "./queries";

const WEEK_MS = 7 * 86_400_000;

/** Who decides for whom while they are away: what is for somebody by name, another one of their role decides in their place. */
export function Delegations() {
  const client = useQueryClient();
  const { me } = session();
  const { data, error, refetch } = useQuery(delegationList);
  const changed = () => client.invalidateQueries({ queryKey: ["approvals", "delegations"] });
  const end = (id: string) => {
    ask(api.DELETE("/v1/approval_delegations/{delegation}", { params: { path: { delegation: id } } }))
      .then(changed)
      .catch(tell("It was not ended"));
  };
  const mayEnd = (one: { from: string; to: string }) => [one.from, one.to].includes(me.name) || may("people:write");
  return (
    <section className={styles.view} aria-labelledby="away">
      <h2 id="away">While you are away</h2>
      <p className="quiet">
        Hand what is for you by name to somebody of your role. It is shown on each decision for whom it was made.
      </p>
      {may("approvals:decide") && me.kind === "person" && <HandOn onDone={changed} />}
      {data === undefined ? (
        error ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={3} label="Loading who stands in" />
        )
      ) : data.length === 0 ? (
        <p className="quiet">Nobody has handed anything on.</p>
      ) : (
        <ul className={styles.items}>
          {data.map((one) => (
            <li key={one.id} className={styles.item}>
              <p className={styles.text}>
                <Avatar name={one.to} kind="person" size={18} /> <strong>{one.to}</strong> decides for <strong>{one.from}</strong>{" "}
                <span className="quiet">
                  · ends <Ago at={one.until} />
                </span>
              </p>
              {mayEnd(one) && (
                <Button size="small" onClick={() => end(one.id)}>
                  End it now
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function HandOn({ onDone }: { onDone: () => Promise<void> }) {
  const { me } = session();
  const { data: people } = useQuery({ ...userList, enabled: may("people:read") });
  const [to, setTo] = useState<string | null>(null);
  const [until, setUntil] = useState(() => localMoment(new Date(Date.now() + WEEK_MS).toISOString()).slice(0, 16));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (to === null) return;
    setBusy(true);
    setFailure(null);
    try {
      await ask(api.POST("/v1/approval_delegations", { body: { to, until: momentOfLocal(until) } }));
      setTo(null);
      await onDone();
    } catch (reason) {
      setFailure(reason instanceof Problem ? reason : Problem.unreachable());
    } finally {
      setBusy(false);
    }
  };
  const elsewhere = failure !== null && failure.fault("/to") === undefined && failure.fault("/until") === undefined;
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)}>
      <Picker
        label="Who decides for you"
        placeholder="Somebody of your role"
        options={(people ?? [])
          .filter((one) => one.name !== me.name)
          .map((one) => ({ value: one.name, label: one.name, icon: <Avatar name={one.name} kind="person" size={18} /> }))}
        value={to}
        onChange={setTo}
        clearable
        error={failure?.fault("/to")}
      />
      <TextField
        label="Until"
        type="datetime-local"
        value={until}
        onChange={(event) => setUntil(event.target.value)}
        error={failure?.fault("/until")}
        required
      />
      <Button type="submit" look="ink" busy={busy} disabled={to === null || until === ""}>
        Hand on
      </Button>
      {elsewhere && <Failure reason={failure} />}
    </form>
  );
}
