import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, setCsrfToken } from "../../api/client";
import { ownSession } from "../../people/queries";
import { ROLES } from "../../people/roles";
import { session } from "../../session";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { TextField } from "../../ui/Field";
import { Skeleton } from "../../ui/Skeleton";
import { useAct } from "../../ui/useAct";
import { Wrong } from "../../ui/Wrong";
import { Fields, Panel, Part } from "../Part";
import { signedIn } from "../sections";
import { useUnkept } from "../useUnkept";
import { atPassword } from "./refused";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";
import { Workplaces } from "./Workplaces";

/** What the reader signs in with, and where they are signed in. */
export default function AccountSection() {
  if (!signedIn())
    return (
      <Part
        title="Account"
        about={
          session().me.kind === "person"
            ? "This server is open to its own machine: nobody signs in here, so there is no account to change. Started with “flowforge serve”, everybody has one."
            : "You are here by a key, and a key has no account."
        }
      />
    );
  return <Own />;
}

function Own() {
  useUnkept(ownSession.queryKey);
  const { data, error, refetch } = useQuery(ownSession);
  if (data === undefined) return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={6} />;
  return (
    <>
      <Part
        title="Account"
        about={`${data.name} · ${data.email} · ${ROLES[data.role].label} in ${data.tenant.name}${data.operator ? " · operator of this server" : ""}`}
      />
      {data.tenants.length > 1 && <Workplaces of={data} />}
      <Password />
      <SecondFactor on={data.second_factor} />
      <Sessions />
    </>
  );
}

function Password() {
  const [now, setNow] = useState("");
  const [next, setNext] = useState("");
  const [done, setDone] = useState(false);
  const change = useAct(async () => {
    const renewed = await ask(api.PUT("/v1/account/password", { body: { password: now, new_password: next } })).catch(atPassword);
    setCsrfToken(renewed.csrf_token);
    return true;
  }, ["sessions"]);
  const fault = (pointer: string) => change.problem?.fault(pointer);
  return (
    <Part title="Password" about="A new one ends your other sessions.">
      <Panel>
        <form
          noValidate
          style={{ display: "grid", gap: 16 }}
          onSubmit={async (event) => {
            event.preventDefault();
            setDone(false);
            if (!(await change.run(undefined))) return;
            setNow("");
            setNext("");
            setDone(true);
          }}
        >
          <Fields>
            <TextField
              label="Current password"
              type="password"
              autoComplete="current-password"
              value={now}
              error={fault("/password")}
              onChange={(event) => setNow(event.target.value)}
            />
            <TextField
              label="New password"
              hint="12 characters or more, and not one of the first that anybody would try"
              type="password"
              autoComplete="new-password"
              value={next}
              error={fault("/new_password")}
              onChange={(event) => setNext(event.target.value)}
            />
          </Fields>
          <Wrong problem={change.problem} fields={["/password", "/new_password"]} />
          <div style={{ display: "flex", alignItems: "center", gap: 12 }}>
            <Button type="submit" look="ink" busy={change.busy} disabled={now === "" || next === ""}>
              Change the password
            </Button>
            <span role="status">{done ? "✓ Changed" : ""}</span>
          </div>
        </form>
      </Panel>
    </Part>
  );
}
