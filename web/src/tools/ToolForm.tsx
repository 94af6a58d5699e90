import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Problem } from "../api/problem";
import { focusFirstFault, holdsUnparsed } from "../functions/DataForm";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextArea, TextField } from "../ui/Field";
import type { JsonSchema } from "../ui/json_shape";
import { JsonArea } from "../ui/SchemaField";
import { SchemaForm } from "../ui/SchemaForm";
import { type Auth, AuthFields } from "./AuthFields";
import styles from "./Form.module.css";
import { definitionOf, patchOf } from "./patch";
import { createTool, type HttpToolIn, toolsChanged, updateTool, type WholeTool } from "./queries";
import { EFFECT_NAMES, EFFECTS } from "./tool_words";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const BEGUN: Record<string, unknown> = {
  method: "GET",
  effect: "read",
  parameters: { type: "object", properties: { order: { type: "string" } }, required: ["order"] },
};
/** What a form takes beyond the main fields. */
const MORE: JsonSchema = {
  type: "object",
  properties: {
    headers: { type: "object", description: "Name and value; {order} is an argument, {{secret:name}} a secret." },
    body: { description: "JSON with {variables} in it. Without one, what stands nowhere else is sent." },
    form: { type: "boolean", default: false, description: "Send the body as a form, not as JSON." },
    pick: { type: "string", description: "JSON pointer to the part of an answer that counts: /data" },
    approval: {
      type: ["boolean", "null"],
      description: "Whether a person is always asked, or never. Without a word the effect decides.",
    },
    reversible: { type: ["boolean", "null"], description: "Whether it can be undone." },
    consequence: { type: "string", maxLength: 300, description: "What whoever approves it reads: money leaves the account" },
    outside: {
      type: "boolean",
      default: true,
      description: "What comes back was written by others. Take it away only where every text is yours.",
    },
    timeout: { type: "string", description: "Of one attempt: 30s" },
    retries: { type: ["integer", "null"], minimum: 0, maximum: 20 },
    idempotent: {
      type: "boolean",
      default: false,
      description: "The other side acts once for each Idempotency-Key, so a call may be repeated.",
    },
    rate: { type: "string", description: "Of the tenant: 60/min" },
    on_uncertain: { enum: ["ask", "retry", "fail"], description: "When a worker dies in the middle of a call." },
    answer_bytes_max: { type: "integer", minimum: 1 },
    result_characters_max: { type: "integer", minimum: 1000, description: "So much the model reads at once." },
  },
};
const MORE_NAMES = Object.keys(MORE.properties as object);

/** Describe a call over HTTP as a tool, or change the description. */
export function ToolForm({ tool, onClose }: { tool?: WholeTool; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useId();
  const before = tool?.definition ?? null;
  const [draft, setDraft] = useState<Record<string, unknown>>(before ?? BEGUN);
  const [tried, setTried] = useState(false);
  const saving = useMutation({
    mutationFn: () =>
      before === null || tool === undefined
        ? createTool(definitionOf(draft) as unknown as HttpToolIn)
        : updateTool(tool.name, patchOf(before, draft), tool.revision),
    onSuccess: async (saved) => {
      client.setQueryData(["tools", "one", saved.name], saved);
      onClose();
      void navigate({ to: "/tools", search: { tool: saved.name } });
      await toolsChanged(client);
    },
    onError: () => focusFirstFault(form),
  });
  const problem = saving.error instanceof Problem ? saving.error : null;
  const set = (next: Record<string, unknown>) => setDraft((held) => ({ ...held, ...next }));
  const text = (name: string) => String(draft[name] ?? "");
  const needed = (name: string, word: string) =>
    tried && text(name).trim() === "" ? word : (problem?.fault(`/${name}`) ?? undefined);
  const unready = ["name", "description", "url"].some((name) => text(name).trim() === "") || holdsUnparsed(draft);
  const more = Object.fromEntries(MORE_NAMES.flatMap((name) => (name in draft ? [[name, draft[name]]] : [])));
  const faultsOfMore = problem?.errors.filter((one) => MORE_NAMES.includes((one.pointer ?? "").split("/")[1] ?? "")) ?? [];

  return (
    <Dialog
      open
      onClose={onClose}
      title={before === null ? "New HTTP tool" : `Change ${tool?.name}`}
      description={
        before === null
          ? "A call over HTTP that agents may make, without code. Secrets stand in it by name; workers put them in at each call."
          : "Each change is a revision. A run that has begun keeps the one that it began with."
      }
      size="large"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={saving.isPending}>
            {before === null ? "Add the tool" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (unready) focusFirstFault(form);
          else saving.mutate();
        }}
      >
        <div className={styles.pair}>
          <TextField
            label="Name"
            className="mono"
            placeholder="get_order"
            autoFocus={before === null}
            maxLength={64}
            value={text("name")}
            error={needed("name", "A tool has a name.")}
            onChange={(event) => set({ name: event.target.value })}
          />
          <SelectField
            label="Effect"
            hint={draft.effect === "read" ? "Runs without asking." : "A person is asked, unless a policy says otherwise."}
            value={text("effect")}
            error={problem?.fault("/effect")}
            onChange={(event) => set({ effect: event.target.value })}
          >
            {EFFECT_NAMES.map((effect) => (
              <option key={effect} value={effect}>
                {effect}: {EFFECTS[effect]}
              </option>
            ))}
          </SelectField>
        </div>
        <TextArea
          label="Description"
          hint="For the model: what it does, and when to use it."
          rows={2}
          value={text("description")}
          error={needed("description", "Models choose a tool by its description.")}
          onChange={(event) => set({ description: event.target.value })}
        />
        <div className={styles.call}>
          <SelectField
            label="Method"
            value={text("method")}
            error={problem?.fault("/method")}
            onChange={(event) => set({ method: event.target.value })}
          >
            {METHODS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
          <TextField
            label="Address"
            type="url"
            className="mono"
            placeholder="https://api.example.com/orders/{order}"
            hint="{order} stands for the argument of that name."
            value={text("url")}
            error={needed("url", "Where does the call go?")}
            onChange={(event) => set({ url: event.target.value })}
          />
        </div>
        <JsonArea
          label="Parameters"
          hint="JSON Schema of what the model gives. Without an address for it, an argument becomes part of the body of POST, PUT and PATCH."
          value={draft.parameters}
          error={problem?.fault("/parameters")}
          onChange={(parameters) => set({ parameters })}
        />
        <AuthFields auth={(draft.auth as Auth | undefined) ?? null} onChange={(auth) => set({ auth })} problem={problem} />
        <details className={styles.more} open={faultsOfMore.length > 0 || undefined}>
          <summary>Body, headers, limits and more</summary>
          <SchemaForm
            label="More"
            schema={MORE}
            value={more}
            faults={faultsOfMore}
            onChange={(next) =>
              setDraft((held) => ({
                ...Object.fromEntries(Object.entries(held).filter(([name]) => !MORE_NAMES.includes(name))),
                ...(next as Record<string, unknown> | undefined),
              }))
            }
          />
        </details>
        {saving.error !== null && <Failure reason={saving.error} />}
      </form>
    </Dialog>
  );
}
