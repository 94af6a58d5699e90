import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import styles from "./PriceDialog.module.css";
import { whosePrice } from "./price";
import { priceOf } from "./queries";

const FIELDS = [
  { name: "input", label: "Input", hint: "Needed. 0 if it costs nothing." },
  { name: "output", label: "Output", hint: "Without it only calls that write nothing have a price." },
  { name: "cached", label: "Input read from a cache", hint: "Else as input." },
  { name: "cache_written", label: "Input written to a cache", hint: "Else as input." },
  { name: "reasoning", label: "Reasoning", hint: "Else as output." },
] as const;

/** What a model costs now and whose price that is, and a price of one's own for it. */
export function PriceDialog({ model, onClose }: { model: string; onClose: () => void }) {
  const price = useQuery(priceOf(model));
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Price of ${model}`}
      description={
        price.data ? (
          <>
            {whosePrice(price.data)} What you set holds for calls from now on; what was called before keeps the cost that it had,
            or none.
          </>
        ) : undefined
      }
    >
      {price.error ? (
        <Failure reason={price.error} retry={() => void price.refetch()} />
      ) : price.data === undefined ? (
        <Skeleton lines={4} />
      ) : (
        <PriceForm model={model} price={price.data} onClose={onClose} />
      )}
    </Dialog>
  );
}

function PriceForm({ model, price, onClose }: { model: string; price: Schema<"PriceOut"> | null; onClose: () => void }) {
  const client = useQueryClient();
  const own = price?.source === "override";
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(FIELDS.map(({ name }) => [name, price?.[name] ?? ""])),
  );
  const settled = async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ["prices"] }),
      client.invalidateQueries({ queryKey: ["usage"], refetchType: "none" }),
    ]);
    onClose();
  };
  const save = useMutation({
    mutationFn: () => {
      const body = Object.fromEntries(FIELDS.map(({ name }) => [name, typed[name]?.trim() || undefined]));
      return ask(api.PUT("/v1/prices/{model}", { params: { path: { model } }, body: body as Schema<"PriceIn"> }));
    },
    onSuccess: settled,
  });
  const takeBack = useMutation({
    mutationFn: () => ask(api.DELETE("/v1/prices/{model}", { params: { path: { model } } })),
    onSuccess: settled,
  });
  const failure = save.error ?? takeBack.error;
  const fault = (name: string) => (failure instanceof Problem ? failure.fault(`/${name}`) : undefined);
  const known = FIELDS.some(({ name }) => fault(name) !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form}>
      <p className="quiet">US dollars for a million tokens, as the provider's price list says.</p>
      <div className={styles.fields}>
        {FIELDS.map(({ name, label, hint }, index) => (
          <TextField
            key={name}
            label={label}
            hint={hint}
            error={fault(name)}
            inputMode="decimal"
            autoComplete="off"
            autoFocus={index === 0}
            required={name === "input"}
            maxLength={50}
            value={typed[name]}
            onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
          />
        ))}
      </div>
      {failure !== null && !known && <Failure reason={failure} />}
      <footer className={styles.actions}>
        {own && (
          <Button look="danger" busy={takeBack.isPending} onClick={() => takeBack.mutate()}>
            Take it back
          </Button>
        )}
        <span className={styles.gap} />
        <Button onClick={onClose}>Cancel</Button>
        <Button look="ink" type="submit" busy={save.isPending}>
          Set the price
        </Button>
      </footer>
    </form>
  );
}
