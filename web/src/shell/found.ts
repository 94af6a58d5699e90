import { type QueryClient, queryOptions, useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { agentList } from "../agents/queries";
import { api, ask } from "../api/client";
import { functionList } from "../functions/queries";
import { may } from "../session";
import { best } from "./match";

/** Something that has an address: a task, a run, an agent. */
export type Found = { key: string; group: string; label: string; detail?: string; mono?: string; href: string };

const PAUSE_MS = 120;
const SHOWN_MAX = 6;
const NOTHING: Found[] = [];

/** Names of skills; the room of the skills keeps what is behind them. */
const skillNames = queryOptions({
  queryKey: ["skills", "names"],
  queryFn: async ({ signal }) =>
    (await ask(api.GET("/v1/skills", { params: { query: { limit: 200 } }, signal }))).data.map(({ name, description }) => ({
      name,
      description,
    })),
});

/**
 * What there is of that name, number or text. Nothing is asked before something was typed, and not at every key: what is typed on is let go.
 */
export function useFound(typed: string): { found: Found[]; searching: boolean } {
  const text = useSettled(typed.trim());
  const client = useQueryClient();
  const results = useQueries({
    queries: sources(text, client).map((one) => ({
      ...one,
      placeholderData: keepPrevious,
      staleTime: 30_000,
      gcTime: 60_000,
      retry: false,
    })),
  });
  if (typed.trim() === "") return { found: NOTHING, searching: false };
  return {
    found: results.flatMap((one) => one.data ?? NOTHING),
    searching: text !== typed.trim() || results.some((one) => one.isFetching),
  };
}

const keepPrevious = (before: Found[] | undefined) => before;

function sources(text: string, client: QueryClient) {
  const asked = text !== "";
  return [
    source("ids", text, asked && may("runs:read") && looksLikeAnId(text), (signal) => things(text, signal)),
    source("tasks", text, asked && may("tasks:read"), (signal) => tasks(text, signal)),
    source("agents", text, asked && may("agents:read"), () => agents(text, client)),
    source("functions", text, asked && may("functions:read"), () => functions(text, client)),
    source("skills", text, asked && may("skills:read"), () => skills(text, client)),
  ];
}

function source(what: string, text: string, enabled: boolean, find: (signal: AbortSignal) => Promise<Found[]>) {
  return queryOptions({ queryKey: ["palette", what, enabled ? text : ""], enabled, queryFn: ({ signal }) => find(signal) });
}

/** `8241_a2f7`, `run_…`, `evt_…`: digits enough that a word is hardly ever taken for one. */
export function looksLikeAnId(text: string): boolean {
  const bare = text.replace(/^(run|apr|evt)_/i, "");
  const digits = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bare) ? bare.replaceAll("-", "") : bare.replaceAll("_", "");
  return /^[0-9a-f]{4,32}$/i.test(digits) && /\d/.test(digits);
}

async function things(text: string, signal: AbortSignal): Promise<Found[]> {
  const { data } = await ask(api.GET("/v1/ids", { params: { query: { ending: text.slice(0, 60) } }, signal }));
  return data.map(({ kind, id, label, name }) => ({
    key: id,
    group: kind === "run" ? "Runs" : kind === "approval" ? "Approvals" : "Events",
    label: name,
    mono: label,
    href: `/${kind}s/${id}`,
  }));
}

async function tasks(text: string, signal: AbortSignal): Promise<Found[]> {
  const query = { q: text.slice(0, 200), limit: SHOWN_MAX, sort: "updated" as const };
  const { data } = await ask(api.GET("/v1/tasks", { params: { query }, signal }));
  const exact = text.toUpperCase();
  return data
    .sort((left, right) => Number(right.key === exact) - Number(left.key === exact))
    .map((task) => ({
      key: task.id,
      group: "Tasks",
      label: task.title,
      mono: task.key,
      detail: task.column,
      href: `/board/${task.key}`,
    }));
}

async function agents(text: string, client: QueryClient): Promise<Found[]> {
  const all = await client.ensureQueryData(agentList);
  return best(text, all, (agent) => agent.name, SHOWN_MAX).map((agent) => ({
    key: `agent ${agent.name}`,
    group: "Agents",
    label: agent.name,
    detail: agent.model,
    href: `/agents/${encodeURIComponent(agent.name)}`,
  }));
}

async function functions(text: string, client: QueryClient): Promise<Found[]> {
  const all = await client.ensureQueryData(functionList);
  return best(text, all, (one) => one.id, SHOWN_MAX).map((one) => ({
    key: `function ${one.id}`,
    group: "Functions",
    label: one.id,
    detail: one.triggers[0],
    href: `/functions/${encodeURIComponent(one.id)}`,
  }));
}

async function skills(text: string, client: QueryClient): Promise<Found[]> {
  const all = await client.ensureQueryData(skillNames);
  return best(text, all, (skill) => skill.name, SHOWN_MAX).map((skill) => ({
    key: `skill ${skill.name}`,
    group: "Skills",
    label: skill.name,
    detail: skill.description,
    href: `/skills/${encodeURIComponent(skill.name)}`,
  }));
}

/** The text once nobody has typed for a moment; what was emptied is empty at once. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), text === "" ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return text === "" ? "" : settled;
}
