import { useQuery } from "@tanstack/react-query";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { type Column, DataList } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { type McpServer, mcpServers } from "./queries";
import { nameOf, whereWords } from "./server_words";
import styles from "./ToolList.module.css";

const COLUMNS: readonly Column<McpServer>[] = [
  {
    name: "name",
    head: "Server",
    width: "minmax(0, 1fr)",
    main: true,
    cell: (server) => <strong>{nameOf(server)}</strong>,
  },
  {
    name: "where",
    head: "Where",
    width: "minmax(0, 2fr)",
    cell: (server) => (
      <span className="mono faint" title={whereWords(server)}>
        {whereWords(server)}
      </span>
    ),
  },
  {
    name: "state",
    head: "State",
    width: "minmax(0, 2fr)",
    ownLine: true,
    cell: (server) => <State server={server} />,
  },
  {
    name: "listed",
    head: "Asked",
    width: "100px",
    align: "end",
    cell: (server) => <Ago at={server.listed_at} className="faint" />,
  },
];

/** The MCP servers that agents' tools come from. */
export function ServerList({ onNew }: { onNew: (() => void) | undefined }) {
  const servers = useQuery({ ...mcpServers, refetchOnMount: "always" });
  return (
    <DataList
      label="MCP servers"
      columns={COLUMNS}
      rows={servers.data}
      rowKey={(server) => server.id}
      rowLink={(server) => ({ to: "/tools", search: { view: "servers", server: nameOf(server) } })}
      failure={servers.data === undefined ? servers.error : null}
      retry={() => void servers.refetch()}
      hasMore={false}
      loadingMore={false}
      more={() => {}}
      empty={
        <Empty
          title="No MCP server yet"
          command="flowforge mcp-servers add tracker https://mcp.example.com/mcp --bearer tracker"
          action={
            onNew && (
              <Button look="ink" onClick={onNew}>
                Add a server
              </Button>
            )
          }
        >
          A server of the Model Context Protocol offers tools. What it says is a stranger's word: its tools ask a person until
          somebody here has said otherwise.
        </Empty>
      }
    />
  );
}

function State({ server }: { server: McpServer }) {
  if (server.error !== null)
    return (
      <span title={server.error} className={`${styles.failed} ${styles.why}`}>
        <span aria-hidden="true">✗ </span>
        {server.error}
      </span>
    );
  return <span className="faint">{server.listed_at === null ? "not asked yet" : "answers"}</span>;
}
