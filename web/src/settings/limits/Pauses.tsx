import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may, session } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Skeleton } from "../../ui/Skeleton";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { Part } from "../Part";
import { Table } from "../Table";
import { LIMITS, type Pause, pauses } from "./queries";

/** What somebody has stopped for a while: functions, or all of this tenant's work. */
export function Pauses() {
  const { data, error, refetch } = useQuery(pauses);
  const [pausing, setPausing] = useState(false);
  const all = data?.some((one) => one.function === null) ?? true;
  const control = may("queue:control");
  return (
    <Part
      title="Pauses"
      about="What is paused takes on nothing new; what is running goes on until it sleeps, waits or ends. Nothing is lost."
      aside={control && !all && <Button onClick={() => setPausing(true)}>Pause everything</Button>}
    >
      {data !== undefined ? (
        <Table
          label="Pauses"
          rows={data}
          rowKey={(one) => one.function ?? "all"}
          columns={[
            { head: "What", cell: (one) => <What of={one} /> },
            { head: "Why", cell: (one) => one.reason ?? <span className="faint">not said</span> },
            { head: "By", cell: (one) => one.paused_by, wideOnly: true },
            { head: "Since", cell: (one) => <Ago at={one.created_at} />, align: "end" },
          ]}
          acts={control ? (one) => <GoOn of={one} /> : undefined}
          empty={<p className="faint">Nothing is paused.</p>}
        />
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={2} />
      )}
      {pausing && <PauseAll onClose={() => setPausing(false)} />}
    </Part>
  );
}

function What({ of: pause }: { of: Pause }) {
  if (pause.function === null) return <>‖ Everything of {session().me.tenant}</>;
  return (
    <>
      ‖{" "}
      <Link to="/functions/$id" params={{ id: pause.function }}>
        {pause.function}
      </Link>
      {pause.everywhere && <span className="faint"> · in all tenants</span>}
    </>
  );
}

function GoOn({ of: pause }: { of: Pause }) {
  const name = pause.function ?? "everything";
  const resume = useAct(
    () =>
      (pause.function === null
        ? ask(api.DELETE("/v1/tenant/pause"))
        : ask(api.DELETE("/v1/functions/{function_id}/pause", { params: { path: { function_id: pause.function } } }))
      ).catch(tell(`${name} is still paused`)),
    LIMITS,
  );
  return (
    <Button size="small" busy={resume.busy} aria-label={`Let ${name} go on`} onClick={() => void resume.run(undefined)}>
      Go on
    </Button>
  );
}

function PauseAll({ onClose }: { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const pause = useAct(() => ask(api.PUT("/v1/tenant/pause", { body: { reason: reason.trim() || null } })), LIMITS);
  return (
    <FormDialog
      title="Pause everything"
      description={`No run of ${session().me.tenant} begins or goes on until somebody lets it. Events are still taken, and wait.`}
      submit="Pause"
      danger
      size="small"
      busy={pause.busy}
      problem={pause.problem}
      onClose={onClose}
      onSubmit={async () => (await pause.run(undefined)) && onClose()}
    >
      <TextField
        label="Why"
        hint="Shown to whoever asks why nothing moves"
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
    </FormDialog>
  );
}
