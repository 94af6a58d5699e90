import { expect, test } from "vitest";
import type { McpServer } from "./queries";
import { hintWords, whereWords } from "./server_words";

const server = (transport: object): McpServer => ({ definition: { name: "tracker", transport } }) as unknown as McpServer;

test("a server is where its address is, or what a worker starts", () => {
  expect(whereWords(server({ kind: "http", url: "https://mcp.example.com/mcp" }))).toBe("https://mcp.example.com/mcp");
  expect(whereWords(server({ kind: "stdio", command: "uvx", args: ["tracker", "--quiet"] }))).toBe("uvx tracker --quiet");
});

test("hints are said in words, and those that nobody knows as they are", () => {
  expect(hintWords({ read_only: true, destructive: false, title: "List", more: { a: 1 }, idempotent: null })).toEqual([
    "it only reads",
    "it destroys nothing",
    "title: List",
    'more: {"a":1}',
  ]);
});
