import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Skeleton } from "../../ui/Skeleton";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { Fields, Part } from "../Part";
import { Table } from "../Table";
import { LIMITS, type ModelLimit, modelLimits } from "./queries";

/** How fast workers call a model, all together: within these they take turns instead of being refused by the provider. */
export function ModelLimits() {
  const { data, error, refetch } = useQuery({ ...modelLimits, enabled: may("budgets:read") });
  const [setting, setSetting] = useState<ModelLimit | "new" | null>(null);
  const control = may("deployment:control");
  if (!may("budgets:read")) return null;
  return (
    <Part
      title="Limits of models"
      about="How fast all workers together call a model. Within it they take turns, instead of being refused by the provider."
      aside={control && <Button onClick={() => setSetting("new")}>Limit a model</Button>}
    >
      {data !== undefined ? (
        <Table
          label="Limits of models"
          rows={data}
          rowKey={(one) => one.model}
          columns={[
            { head: "Model", cell: (one) => <span className="mono">{one.model}</span> },
            { head: "Requests a minute", cell: (one) => figure(one.requests_per_minute), align: "end" },
            { head: "Tokens a minute", cell: (one) => figure(one.tokens_per_minute), align: "end" },
            {
              head: "Left alone until",
              cell: (one) => (one.blocked_until === null ? <span className="faint">–</span> : <Ago at={one.blocked_until} />),
              align: "end",
            },
          ]}
          acts={control ? (one) => <Acts of={one} onChange={() => setSetting(one)} /> : undefined}
          empty={<p className="faint">No model is limited.</p>}
        />
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={2} />
      )}
      {setting !== null && <SetLimit of={setting === "new" ? null : setting} onClose={() => setSetting(null)} />}
    </Part>
  );
}

function figure(value: number | null) {
  return value === null ? <span className="faint">no limit</span> : value.toLocaleString("en-US");
}

function Acts({ of: one, onChange }: { of: ModelLimit; onChange: () => void }) {
  const remove = useAct(
    () =>
      ask(api.DELETE("/v1/model_limits/{model}", { params: { path: { model: one.model } } })).catch(
        tell(`${one.model} is still limited`),
      ),
    LIMITS,
  );
  return (
    <>
      <Button
        size="small"
        look="bare"
        busy={remove.busy}
        aria-label={`Take away the limit of ${one.model}`}
        onClick={() => void remove.run(undefined)}
      >
        Take away
      </Button>
      <Button size="small" look="bare" aria-label={`Change ${one.model}`} onClick={onChange}>
        Change
      </Button>
    </>
  );
}

function SetLimit({ of: one, onClose }: { of: ModelLimit | null; onClose: () => void }) {
  const [model, setModel] = useState(one?.model ?? "");
  const [requests, setRequests] = useState(one?.requests_per_minute?.toString() ?? "");
  const [tokens, setTokens] = useState(one?.tokens_per_minute?.toString() ?? "");
  const save = useAct(
    () =>
      ask(
        api.PUT("/v1/model_limits/{model}", {
          params: { path: { model: model.trim() } },
          body: {
            requests_per_minute: requests === "" ? null : Number(requests),
            tokens_per_minute: tokens === "" ? null : Number(tokens),
          },
        }),
      ),
    LIMITS,
  );
  const fault = (pointer: string) => save.problem?.fault(pointer);
  return (
    <FormDialog
      title={one === null ? "Limit a model" : `How fast ${one.model} is called`}
      submit="Set"
      busy={save.busy}
      problem={save.problem}
      fields={["/requests_per_minute", "/tokens_per_minute"]}
      disabled={model.trim() === "" || (requests === "" && tokens === "")}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      {one === null && (
        <TextField
          label="Model"
          hint="As calls name it: gpt-4o"
          className="mono"
          value={model}
          onChange={(event) => setModel(event.target.value)}
        />
      )}
      <Fields>
        <TextField
          label="Requests a minute"
          hint="Empty: no limit"
          type="number"
          min={1}
          value={requests}
          error={fault("/requests_per_minute")}
          onChange={(event) => setRequests(event.target.value)}
        />
        <TextField
          label="Tokens a minute"
          hint="Empty: no limit"
          type="number"
          min={1}
          value={tokens}
          error={fault("/tokens_per_minute")}
          onChange={(event) => setTokens(event.target.value)}
        />
      </Fields>
    </FormDialog>
  );
}
