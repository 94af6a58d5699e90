import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import type { Run } from "../functions/queries";
import { family } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { may } from "../session";
import { type Pages, usePages } from "../ui/usePages";

export type Tool = Schema<"ToolOut">;
export type WholeTool = Schema<"WholeToolOut">;
export type HttpToolIn = Schema<"HttpToolIn">;
export type Effect = Tool["effect"];
export type McpServer = Schema<"McpServerOut">;
export type McpServerIn = Schema<"McpServerIn">;
export type McpTool = Schema<"McpToolOut">;
export type ToolImport = Schema<"ToolImportOut">;
export type ToolImportIn = Schema<"ToolImportIn">;
export type WebAccess = Schema<"WebAccessOut">;
export type WebAccessIn = Schema<"WebAccessIn">;

const PAGE = 200;
const RECOUNT_MS = 1_000;

/** All that agents can be given, by name. */
export function useTools(): Pages<Tool> {
  return usePages(["tools", "list"], (cursor, signal) =>
    ask(api.GET("/v1/tools", { params: { query: { limit: PAGE, cursor } }, signal })),
  );
}

/** The tool that agents get by this name, with its definition where it is a call over HTTP. */
export function toolDetail(tool: string) {
  return queryOptions({
    queryKey: ["tools", "one", tool],
    queryFn: ({ signal }) => ask(api.GET("/v1/tools/{tool}", { params: { path: { tool } }, signal })),
  });
}

export function createTool(definition: HttpToolIn): Promise<WholeTool> {
  return ask(api.POST("/v1/tools", { body: definition }));
}

/** Change what differs, and only while it is as it was seen. */
export function updateTool(tool: string, patch: Record<string, unknown>, revision: number | null): Promise<WholeTool> {
  return ask(
    api.PATCH("/v1/tools/{tool}", {
      params: { path: { tool }, header: { "if-match": revision === null ? undefined : `"${revision}"` } },
      body: patch,
    }),
  );
}

export function deleteTool(tool: string): Promise<unknown> {
  return ask(api.DELETE("/v1/tools/{tool}", { params: { path: { tool } } }));
}

/** Call a tool once, as the caller, who is asked nothing. */
export function testTool(tool: string, args: Record<string, unknown>): Promise<Run> {
  return ask(api.POST("/v1/tools/{tool}/tests", { params: { path: { tool } }, body: { arguments: args } }));
}

/** What an OpenAPI document comes to; with `dry_run` nothing is done. */
export function importTools(body: ToolImportIn): Promise<ToolImport> {
  return ask(api.POST("/v1/tool_imports", { body }));
}

export const mcpServers = queryOptions({
  queryKey: ["mcp", "servers"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/mcp_servers", { params: { query: { limit: PAGE } }, signal }))).data,
});

/** What a server offers, and what a person has said of each. */
export function mcpTools(server: string) {
  return queryOptions({
    queryKey: ["mcp", "tools", server],
    queryFn: async ({ signal }) => {
      const found: McpTool[] = [];
      let cursor: string | undefined;
      do {
        const page = await ask(
          api.GET("/v1/mcp_servers/{server}/tools", { params: { path: { server }, query: { limit: PAGE, cursor } }, signal }),
        );
        found.push(...page.data);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    },
  });
}

export function createServer(body: McpServerIn): Promise<McpServer> {
  return ask(api.POST("/v1/mcp_servers", { body }));
}

export function updateServer(server: string, patch: Record<string, unknown>, revision: number): Promise<McpServer> {
  return ask(
    api.PATCH("/v1/mcp_servers/{server}", {
      params: { path: { server }, header: { "if-match": `"${revision}"` } },
      body: patch,
    }),
  );
}

export function deleteServer(server: string): Promise<unknown> {
  return ask(api.DELETE("/v1/mcp_servers/{server}", { params: { path: { server } } }));
}

/** Let a worker ask a server what it offers. */
export function listServer(server: string): Promise<Run> {
  return ask(api.POST("/v1/mcp_servers/{server}/listings", { params: { path: { server } } }));
}

/** What a person says of a tool: `accept` is the hash of what they have read, null takes the acceptance back. */
export function decideTool(server: string, tool: string, said: Schema<"McpToolPatch">): Promise<McpTool> {
  return ask(api.PATCH("/v1/mcp_servers/{server}/tools/{tool}", { params: { path: { server, tool } }, body: said }));
}

export const webAccess = queryOptions({
  queryKey: ["webAccess"],
  queryFn: ({ signal }) => ask(api.GET("/v1/web_access", { signal })),
});

export function setWebAccess(body: WebAccessIn, revision: number): Promise<WebAccess> {
  return ask(api.PUT("/v1/web_access", { params: { header: { "if-match": `"${revision}"` } }, body }));
}

/** Names of secrets, to be proposed where one is wanted. No operation gives a value. */
export const secretNames = queryOptions({
  queryKey: ["secretNames"],
  queryFn: async ({ signal }) => {
    if (!may("secrets:read")) return [];
    const page = await ask(api.GET("/v1/secrets", { params: { query: { limit: PAGE } }, signal }));
    return [...new Set(page.data.map((one) => one.name))];
  },
});

/** After an act: what is held of tools and servers is stale. */
export async function toolsChanged(client: QueryClient): Promise<void> {
  await Promise.all([client.invalidateQueries({ queryKey: ["tools"] }), client.invalidateQueries({ queryKey: ["mcp"] })]);
}

/** Listings of servers and tests of tools are runs of this function. */
const TOOL_RUNS = "flowforge.tools";

onFrames((frames, client) => {
  if (frames.some((frame) => frame.name === "tool_call.completed" || frame.name === "tool_call.failed"))
    soon("tools", () => void client.invalidateQueries({ queryKey: ["tools"] }), RECOUNT_MS);
  if (frames.some((frame) => family(frame) === "run" && frame.data.function === TOOL_RUNS))
    soon("mcp", () => void toolsChanged(client));
});
