import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronLeft, MoreHorizontal, RotateCw } from "lucide-react";
import { useState } from "react";
import type { Run } from "../functions/queries";
import { StartedRun } from "../functions/StartedRun";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Menu } from "../ui/Menu";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { deleteServer, listServer, type McpServer, mcpServers, toolsChanged } from "./queries";
import styles from "./ServerDetail.module.css";
import { ServerForm } from "./ServerForm";
import { ServerTools } from "./ServerTools";
import { nameOf, transportOf, whereWords } from "./server_words";

/** One MCP server: where it is, what it offers, and what a person has said of each tool. */
export function ServerDetail({ name }: { name: string }) {
  const navigate = useNavigate({ from: "/tools" });
  const { data: servers, error, refetch } = useQuery({ ...mcpServers, refetchOnMount: "always" });
  const back = () => void navigate({ search: { view: "servers" } });
  useShortcuts([{ keys: "Escape", label: "Back to servers", group: "MCP server", run: back }]);
  const server = servers?.find((one) => nameOf(one) === name);
  if (server !== undefined) return <Known server={server} onGone={back} />;
  return (
    <Page title={name} heading={<Heading name={name} />}>
      {error !== null && servers === undefined ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : servers === undefined ? (
        <Skeleton lines={6} label="Loading the server" />
      ) : (
        <Empty title="There is no such server" command={`flowforge mcp-servers add ${name} https://mcp.example.com/mcp`} />
      )}
    </Page>
  );
}

function Known({ server, onGone }: { server: McpServer; onGone: () => void }) {
  const [act, setAct] = useState<"edit" | "delete" | null>(null);
  const [run, setRun] = useState<Run | null>(null);
  const name = nameOf(server);
  const mayWrite = may("tools:write");
  const asking = useMutation({ mutationFn: () => listServer(name), onSuccess: setRun, onError: tell(`${name} was not asked`) });
  useShortcuts(
    mayWrite
      ? [
          { keys: "r", label: "Ask it what it offers", group: "MCP server", run: () => asking.mutate() },
          { keys: "e", label: "Edit", group: "MCP server", run: () => setAct("edit") },
        ]
      : [],
  );
  const transport = transportOf(server);
  return (
    <Page
      title={name}
      heading={<Heading name={name} />}
      aside={
        mayWrite && (
          <>
            <Button hotkey="e" onClick={() => setAct("edit")}>
              Edit
            </Button>
            <Button icon={<RotateCw size={14} />} hotkey="r" busy={asking.isPending} onClick={() => asking.mutate()}>
              Ask again
            </Button>
            <Menu
              label="More"
              align="end"
              items={[{ label: "Delete…", danger: true, onSelect: () => setAct("delete") }]}
              trigger={<IconButton label="More" icon={<MoreHorizontal size={16} />} />}
            />
          </>
        )
      }
    >
      {server.error !== null && (
        <p className={styles.error}>
          <strong>✗ At the last listing:</strong> {server.error}
        </p>
      )}
      <dl className={styles.facts}>
        <div>
          <dt>{transport.kind === "stdio" ? "Program, started by workers" : "Address"}</dt>
          <dd>
            <code>{whereWords(server)}</code>
          </dd>
        </div>
        <div>
          <dt>Last answer</dt>
          <dd>
            {server.listed_at === null ? server.error === null ? "not asked yet" : "none yet" : <Ago at={server.listed_at} />}
          </dd>
        </div>
        <div>
          <dt>Time for a call</dt>
          <dd>{String(server.definition.timeout ?? "60s").replace(/(?<=\d)(?=[a-z])/g, " ")}</dd>
        </div>
        {transport.bearer !== undefined && (
          <div>
            <dt>Bearer token</dt>
            <dd>
              the secret <code>{transport.bearer}</code>
            </dd>
          </div>
        )}
      </dl>
      {run !== null && <StartedRun key={run.id} begun={run} output={null} />}
      <h2>What it offers</h2>
      <ServerTools server={name} />
      {act === "edit" && <ServerForm server={server} onClose={() => setAct(null)} />}
      {act === "delete" && <DeleteServer name={name} onClose={() => setAct(null)} onDeleted={onGone} />}
    </Page>
  );
}

function Heading({ name }: { name: string }) {
  return (
    <>
      <Link to="/tools" search={{ view: "servers" }} className={styles.back} aria-label="Back to servers">
        <ChevronLeft size={18} />
      </Link>
      <span className={styles.name}>{name}</span>
    </>
  );
}

function DeleteServer({ name, onClose, onDeleted }: { name: string; onClose: () => void; onDeleted: () => void }) {
  const client = useQueryClient();
  const deleting = useMutation({
    mutationFn: () => deleteServer(name),
    onSuccess: async () => {
      onDeleted();
      await toolsChanged(client);
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Delete ${name}`}
      description="With all that is known of its tools. Calls of runs under way are refused."
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={deleting.isPending} onClick={() => deleting.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      {deleting.error !== null && <Failure reason={deleting.error} />}
    </Dialog>
  );
}
