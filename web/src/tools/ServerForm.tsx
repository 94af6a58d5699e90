import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Problem } from "../api/problem";
import { focusFirstFault, holdsUnparsed } from "../functions/DataForm";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextArea, TextField } from "../ui/Field";
import { JsonArea } from "../ui/SchemaField";
import styles from "./Form.module.css";
import { definitionOf, patchOf } from "./patch";
import { createServer, type McpServer, type McpServerIn, toolsChanged, updateServer } from "./queries";
import { SecretField } from "./SecretField";
import { nameOf } from "./server_words";

type Transport = Record<string, unknown> & { kind: string };

/** Add an MCP server, or change where and how it is reached. */
export function ServerForm({ server, onClose }: { server?: McpServer; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useId();
  const before = server?.definition ?? null;
  const [draft, setDraft] = useState<Record<string, unknown>>(before ?? { transport: { kind: "http" } });
  const [tried, setTried] = useState(false);
  const transport = draft.transport as Transport;
  const written = { ...draft, transport: definitionOf(transport) };
  const saving = useMutation({
    mutationFn: () =>
      before === null || server === undefined
        ? createServer(definitionOf(written) as unknown as McpServerIn)
        : updateServer(nameOf(server), patchOf(before, written), server.revision),
    onSuccess: async (saved) => {
      await toolsChanged(client);
      onClose();
      void navigate({ to: "/tools", search: { view: "servers", server: nameOf(saved) } });
    },
    onError: () => focusFirstFault(form),
  });
  const problem = saving.error instanceof Problem ? saving.error : null;
  const set = (next: Record<string, unknown>) => setDraft((held) => ({ ...held, ...next }));
  const setTransport = (next: Record<string, unknown>) => set({ transport: { ...transport, ...next } });
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const lines = (value: unknown) => (Array.isArray(value) ? value.join("\n") : "");
  const where = transport.kind === "stdio" ? "command" : "url";
  const unready = text(draft.name) === "" || text(transport[where]) === "" || holdsUnparsed(draft);

  return (
    <Dialog
      open
      onClose={onClose}
      title={before === null ? "Add an MCP server" : `Change ${String(before.name)}`}
      description={
        before === null
          ? "A worker asks it what it offers. What it finds at this first listing counts as accepted by you, with the effect outside."
          : "With another address or program it is another server: nothing that was accepted of its tools holds any more."
      }
      size="large"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={saving.isPending}>
            {before === null ? "Add" : "Save"}
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
            placeholder="tracker"
            hint={`Its tools are called ${text(draft.name) || "tracker"}__… here.`}
            autoFocus={before === null}
            maxLength={32}
            value={text(draft.name)}
            error={tried && text(draft.name) === "" ? "A server has a name." : problem?.fault("/name")}
            onChange={(event) => set({ name: event.target.value })}
          />
          <SelectField
            label="How it is reached"
            value={transport.kind}
            error={joined(problem?.fault("/transport/kind"), problem?.hint)}
            onChange={(event) => set({ transport: { kind: event.target.value } })}
          >
            <option value="http">at an address</option>
            <option value="stdio">as a program that workers start</option>
          </SelectField>
        </div>
        {transport.kind === "stdio" ? (
          <>
            <TextField
              label="Program"
              className="mono"
              placeholder="uvx"
              hint="It runs with the worker's rights, not in the sandbox. Only where the operator of the workers allows it."
              value={text(transport.command)}
              error={tried && text(transport.command) === "" ? "Which program?" : problem?.fault("/transport/command")}
              onChange={(event) => setTransport({ command: event.target.value })}
            />
            <TextArea
              label="Its arguments"
              code
              rows={2}
              hint="One on each line."
              value={lines(transport.args)}
              error={problem?.fault("/transport/args")}
              onChange={(event) => setTransport({ args: event.target.value === "" ? [] : event.target.value.split("\n") })}
            />
            <JsonArea
              label="Its environment"
              hint={'Texts by name; {{secret:name}} stands for a secret: {"TOKEN": "{{secret:tracker}}"}'}
              value={transport.env}
              error={problem?.fault("/transport/env")}
              onChange={(env) => setTransport({ env })}
            />
          </>
        ) : (
          <>
            <TextField
              label="Address"
              type="url"
              className="mono"
              placeholder="https://mcp.example.com/mcp"
              value={text(transport.url)}
              error={tried && text(transport.url) === "" ? "Where is it?" : problem?.fault("/transport/url")}
              onChange={(event) => setTransport({ url: event.target.value })}
            />
            <SecretField
              label="Secret with a bearer token (optional)"
              value={text(transport.bearer)}
              error={problem?.fault("/transport/bearer")}
              onChange={(bearer) => setTransport({ bearer })}
            />
          </>
        )}
        <details className={styles.more}>
          <summary>Only some of its tools, time, rate{transport.kind === "http" ? ", headers" : ""}</summary>
          <div className={styles.form}>
            {transport.kind === "http" && (
              <JsonArea
                label="Headers"
                hint={'Texts by name: {"X-Team": "{{secret:team}}"}'}
                value={transport.headers}
                error={problem?.fault("/transport/headers")}
                onChange={(headers) => setTransport({ headers })}
              />
            )}
            <TextArea
              label="Only these tools"
              code
              rows={2}
              hint="As the server names them, one on each line. Without any: all of them."
              value={lines(draft.only)}
              error={problem?.fault("/only")}
              onChange={(event) => set({ only: event.target.value.split("\n").filter((one) => one !== "") })}
            />
            <div className={styles.pair}>
              <TextField
                label="Time for a call"
                placeholder="60s"
                value={text(draft.timeout)}
                error={problem?.fault("/timeout")}
                onChange={(event) => set({ timeout: event.target.value })}
              />
              <TextField
                label="Rate of each tool"
                placeholder="60/min"
                value={text(draft.rate)}
                error={problem?.fault("/rate")}
                onChange={(event) => set({ rate: event.target.value })}
              />
            </div>
          </div>
        </details>
        {saving.error !== null && <Failure reason={saving.error} />}
      </form>
    </Dialog>
  );
}

function joined(fault: string | undefined, hint: string | null | undefined): string | undefined {
  return fault === undefined ? undefined : [fault, hint].filter(Boolean).join("; ");
}
