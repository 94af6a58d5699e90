import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import styles from "./Budgets.module.css";
import { whole } from "./count";
import dialog from "./PriceDialog.module.css";
import { modelLimits } from "./queries";

type Limit = Schema<"ModelLimitOut">;

const COLUMNS: Column<Limit>[] = [
  { name: "model", head: "Model", width: "minmax(120px, 2fr)", main: true, cell: (limit) => limit.model },
  {
    name: "tokens",
    head: "Tokens a minute",
    width: "160px",
    align: "end",
    cell: (limit) => <Rate count={limit.tokens_per_minute} what="tokens" />,
  },
  {
    name: "requests",
    head: "Requests a minute",
    width: "160px",
    align: "end",
    cell: (limit) => <Rate count={limit.requests_per_minute} what="requests" />,
  },
  {
    name: "blocked",
    head: "Left alone",
    headHidden: true,
    width: "minmax(120px, 1fr)",
    cell: (limit) =>
      limit.blocked_until === null ? null : (
        <span className="quiet">
          left alone, as its provider asked, <Ago at={limit.blocked_until} />
        </span>
      ),
  },
];

/** How often models are asked at most, so that their providers do not refuse. */
export function ModelLimits() {
  const limits = useQuery(modelLimits);
  const [doing, setDoing] = useState<Limit | "new" | null>(null);
  const controls = may("deployment:control");
  useShortcuts(controls ? [{ keys: "c", label: "New limit", group: "Costs", run: () => setDoing("new") }] : []);
  const add = controls ? (
    <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={() => setDoing("new")}>
      New limit
    </Button>
  ) : undefined;
  return (
    <section className={styles.budgets} aria-label="Limits of models">
      <div className={styles.bar}>
        <p className="quiet">
          Providers count tokens and requests a minute by key. All workers of the installation keep to these limits together; a
          call that has to wait lets its run leave the worker.
        </p>
        {limits.data !== undefined && limits.data.length > 0 && add}
      </div>
      <DataList
        label="Limits"
        columns={COLUMNS}
        rows={limits.data}
        rowKey={(limit) => limit.model}
        onOpen={controls ? setDoing : undefined}
        empty={
          <Empty
            title="No model has a limit"
            command="flowforge budgets limits gpt-4o --tokens 450000 --requests 5000"
            action={add}
          >
            Without one, calls are sent as they come; where a provider says 429, that model is left alone for as long as it asks.
          </Empty>
        }
        failure={limits.error}
        retry={() => void limits.refetch()}
        hasMore={false}
        loadingMore={false}
        more={() => {}}
      />
      {!controls && <p className="faint">Limits are those of the whole installation: its operator sets them.</p>}
      {doing !== null && <LimitDialog limit={doing === "new" ? null : doing} onClose={() => setDoing(null)} />}
    </section>
  );
}

function Rate({ count, what }: { count: number | null; what: string }) {
  if (count === null) return <span className="faint">no limit</span>;
  return (
    <span className="number" title={`${whole(count)} ${what} a minute`}>
      {whole(count)}
      <OnCard> {what} a minute</OnCard>
    </span>
  );
}

function LimitDialog({ limit, onClose }: { limit: Limit | null; onClose: () => void }) {
  const client = useQueryClient();
  const [model, setModel] = useState(limit?.model ?? "");
  const [tokens, setTokens] = useState(String(limit?.tokens_per_minute ?? ""));
  const [requests, setRequests] = useState(String(limit?.requests_per_minute ?? ""));
  const settled = async () => {
    await client.invalidateQueries({ queryKey: modelLimits.queryKey });
    onClose();
  };
  const path = { model: model.trim() };
  const save = useMutation({
    mutationFn: () =>
      ask(
        api.PUT("/v1/model_limits/{model}", {
          params: { path },
          body: { tokens_per_minute: count(tokens), requests_per_minute: count(requests) },
        }),
      ),
    onSuccess: settled,
  });
  const remove = useMutation({
    mutationFn: () => ask(api.DELETE("/v1/model_limits/{model}", { params: { path } })),
    onSuccess: settled,
  });
  const failure = save.error ?? remove.error;
  const fault = (pointer: string) => (failure instanceof Problem ? failure.fault(pointer) : undefined);
  const known = fault("/tokens_per_minute") ?? fault("/requests_per_minute");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog open onClose={onClose} size="small" title={limit === null ? "New limit" : `Limit of ${limit.model}`}>
      <form className={dialog.form} onSubmit={submit}>
        {limit === null && (
          <TextField
            label="Model"
            placeholder="gpt-4o"
            required
            autoFocus
            maxLength={200}
            autoComplete="off"
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
        )}
        <TextField
          label="Tokens a minute"
          hint="Empty: no limit."
          inputMode="numeric"
          pattern="[0-9]*"
          autoFocus={limit !== null}
          value={tokens}
          error={fault("/tokens_per_minute")}
          onChange={(event) => setTokens(event.target.value)}
        />
        <TextField
          label="Requests a minute"
          inputMode="numeric"
          pattern="[0-9]*"
          value={requests}
          error={fault("/requests_per_minute")}
          onChange={(event) => setRequests(event.target.value)}
        />
        {failure !== null && known === undefined && <Failure reason={failure} />}
        <footer className={dialog.actions}>
          {limit !== null && (
            <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              Delete it
            </Button>
          )}
          <span className={dialog.gap} />
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" busy={save.isPending} disabled={model.trim() === ""}>
            Set the limit
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function count(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}
