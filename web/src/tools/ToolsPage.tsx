import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { FileDown, Plus } from "lucide-react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button } from "../ui/Button";
import { Page } from "../ui/Page";
import { Tabs } from "../ui/Tabs";
import { ImportOpenApi } from "./ImportOpenApi";
import { mcpServers } from "./queries";
import { ServerDetail } from "./ServerDetail";
import { ServerForm } from "./ServerForm";
import { ServerList } from "./ServerList";
import { ToolDetail } from "./ToolDetail";
import { ToolForm } from "./ToolForm";
import { ToolList } from "./ToolList";
import { WebAccess } from "./WebAccess";

/** What agents can do: tools, the MCP servers that some come from, and the web. */
export function ToolsPage() {
  const { view = "tools", tool, server, new: making } = useSearch({ from: "/tools" });
  if (view === "tools" && tool !== undefined) return <ToolDetail name={tool} />;
  if (view === "servers" && server !== undefined) return <ServerDetail name={server} />;
  return <Lists view={view === "servers" || view === "web" ? view : "tools"} making={making} />;
}

function Lists({ view, making }: { view: "tools" | "servers" | "web"; making: string | undefined }) {
  const navigate = useNavigate({ from: "/tools" });
  const { data: servers } = useQuery(mcpServers);
  const mayWrite = may("tools:write");
  const begin = (what: string | undefined) =>
    void navigate({ search: (held) => ({ ...held, new: what }), replace: what === undefined });
  const close = () => begin(undefined);
  useShortcuts(
    mayWrite && view !== "web"
      ? [
          {
            keys: "c",
            label: view === "servers" ? "Add an MCP server" : "Describe a call over HTTP",
            group: "Tools",
            run: () => begin(view === "servers" ? "server" : "http"),
          },
        ]
      : [],
  );
  return (
    <Page
      title="Tools"
      aside={
        mayWrite &&
        view !== "web" && (
          <>
            {view === "tools" && (
              <Button icon={<FileDown size={14} />} onClick={() => begin("openapi")}>
                Import OpenAPI
              </Button>
            )}
            <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={() => begin(view === "servers" ? "server" : "http")}>
              {view === "servers" ? "Add server" : "New HTTP tool"}
            </Button>
          </>
        )
      }
    >
      <Tabs
        label="Views of tools"
        current={view}
        tabs={[
          { name: "tools", label: "Tools" },
          { name: "servers", label: "MCP servers", ...(servers?.length ? { count: servers.length } : {}) },
          { name: "web", label: "The web" },
        ]}
      />
      {view === "tools" && <ToolList onNew={mayWrite ? () => begin("http") : undefined} />}
      {view === "servers" && <ServerList onNew={mayWrite ? () => begin("server") : undefined} />}
      {view === "web" && <WebAccess />}
      {mayWrite && making === "http" && <ToolForm onClose={close} />}
      {mayWrite && making === "openapi" && <ImportOpenApi onClose={close} />}
      {mayWrite && making === "server" && <ServerForm onClose={close} />}
    </Page>
  );
}
