import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { Problem } from "../api/problem";
import { focusFirstFault } from "../functions/DataForm";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { Unparsed } from "../ui/json_shape";
import { JsonArea } from "../ui/SchemaField";
import { type Auth, AuthFields } from "./AuthFields";
import styles from "./Form.module.css";
import { ImportPlan } from "./ImportPlan";
import { type Effect, importTools, type ToolImport, type ToolImportIn, toolsChanged } from "./queries";

/** Make tools of an OpenAPI document: first it is said what that would come to, then it is done. */
export function ImportOpenApi({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const form = useId();
  const file = useRef<HTMLInputElement>(null);
  const [source, setSource] = useState("");
  const [url, setUrl] = useState("");
  const [document, setDocument] = useState<unknown>(undefined);
  const [narrowed, setNarrowed] = useState({ tags: "", operations: "", prefix: "", server: "" });
  const [auth, setAuth] = useState<Auth | null>(null);
  const [effects, setEffects] = useState<Record<string, Effect>>({});
  const [plan, setPlan] = useState<ToolImport | null>(null);

  const body = (dryRun: boolean): ToolImportIn => ({
    source: source.trim(),
    ...(document === undefined ? { url: url.trim() } : { document: document as Record<string, unknown> }),
    tags: words(narrowed.tags),
    operations: words(narrowed.operations),
    prefix: narrowed.prefix.trim(),
    ...(narrowed.server.trim() ? { server: narrowed.server.trim() } : {}),
    ...(auth === null ? {} : { auth: auth as NonNullable<ToolImportIn["auth"]> }),
    effects,
    dry_run: dryRun,
  });
  const planning = useMutation({
    mutationFn: () => importTools(body(true)),
    onSuccess: setPlan,
    onError: () => focusFirstFault(form),
  });
  const doing = useMutation({
    mutationFn: () => importTools(body(false)),
    onSuccess: async () => {
      await toolsChanged(client);
      onClose();
    },
  });
  const failure = doing.error ?? planning.error;
  const problem = failure instanceof Problem ? failure : null;
  const ready = source.trim() !== "" && (document === undefined ? url.trim() !== "" : !(document instanceof Unparsed));
  const narrow = (next: Partial<typeof narrowed>) => setNarrowed({ ...narrowed, ...next });

  if (plan !== null)
    return (
      <ImportPlan
        plan={plan}
        effects={effects}
        onEffect={(name, effect) => setEffects({ ...effects, [name]: effect })}
        onBack={() => setPlan(null)}
        onClose={onClose}
        onDo={() => doing.mutate()}
        busy={doing.isPending}
        failure={doing.error}
      />
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title="Import OpenAPI"
      description="One tool for each operation: a read for GET and HEAD, a write for the others. Nothing is made before you have seen what it comes to."
      size="large"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} disabled={!ready} busy={planning.isPending}>
            Show what it comes to
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
          planning.mutate();
        }}
      >
        <TextField
          label="Name of the source"
          placeholder="shop"
          hint="Imported again under the same name, it is compared: what changed there changes here, what you have set stays."
          autoFocus
          value={source}
          error={problem?.fault("/source")}
          onChange={(event) => setSource(event.target.value)}
        />
        <TextField
          label="Address of the document"
          type="url"
          placeholder="https://api.example.com/openapi.json"
          disabled={document !== undefined}
          value={url}
          error={problem?.fault("/url")}
          onChange={(event) => setUrl(event.target.value)}
        />
        <JsonArea
          label="Or the document itself, as JSON"
          value={document}
          error={problem?.fault("/document")}
          rows={4}
          onChange={setDocument}
        />
        <div>
          <Button size="small" onClick={() => file.current?.click()}>
            Read it from a file
          </Button>
          <input
            ref={file}
            type="file"
            hidden
            aria-label="OpenAPI document"
            accept=".json,application/json"
            onChange={(event) => {
              const [chosen] = event.target.files ?? [];
              void chosen?.text().then((text) => setDocument(parsed(text)));
            }}
          />
        </div>
        <details className={styles.more}>
          <summary>Only some of it, another server, who calls</summary>
          <div className={styles.form}>
            <div className={styles.pair}>
              <TextField
                label="Tags"
                placeholder="orders, customers"
                hint="Without tags and operations: all of it."
                value={narrowed.tags}
                onChange={(event) => narrow({ tags: event.target.value })}
              />
              <TextField
                label="Operations"
                placeholder="getOrder, listOrders"
                value={narrowed.operations}
                onChange={(event) => narrow({ operations: event.target.value })}
              />
              <TextField
                label="Before each name"
                placeholder="shop_"
                maxLength={30}
                value={narrowed.prefix}
                error={problem?.fault("/prefix")}
                onChange={(event) => narrow({ prefix: event.target.value })}
              />
              <TextField
                label="Server"
                type="url"
                placeholder="https://api.example.com"
                hint="If calls do not go where the document says."
                value={narrowed.server}
                error={problem?.fault("/server")}
                onChange={(event) => narrow({ server: event.target.value })}
              />
            </div>
            <AuthFields auth={auth} onChange={setAuth} problem={problem} />
          </div>
        </details>
        {planning.error !== null && <Failure reason={planning.error} />}
      </form>
    </Dialog>
  );
}

function words(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (reason) {
    return new Unparsed(text, `This is not JSON: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}
