import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { type Pages, usePages } from "../ui/usePages";

export type Skill = Schema<"SkillOut">;
export type SkillVersion = Schema<"SkillVersionOut">;
export type SkillDetail = Schema<"SkillDetailOut">;
export type SharedSkill = Schema<"SharedSkillOut">;
export type SkillFiles = { files: Record<string, string>; base64_files?: Record<string, string> };

const PAGE = 100;

/** All skills, each as the version that its bare name means. */
export function useSkills(): Pages<Skill> {
  return usePages(["skills", "list"], (cursor, signal) =>
    ask(api.GET("/v1/skills", { params: { query: { limit: PAGE, cursor } }, signal })),
  );
}

/** One version with its instructions and files: `refunds` or `refunds@3`. */
export function skillDetail(skill: string) {
  return queryOptions({
    queryKey: ["skills", "one", skill],
    queryFn: ({ signal }) => ask(api.GET("/v1/skills/{skill}", { params: { path: { skill } }, signal })),
  });
}

/** All versions of a skill, the newest first. */
export function skillVersions(name: string) {
  return queryOptions({
    queryKey: ["skills", "versions", name],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/skills/{skill}/versions", { params: { path: { skill: name }, query: { limit: 200 } }, signal })))
        .data,
  });
}

/** A file of one version. A version never changes, so this is asked once. */
export function skillFile(name: string, number: number, path: string) {
  return queryOptions({
    queryKey: ["skillFiles", name, number, path],
    queryFn: ({ signal }) =>
      ask(api.GET("/v1/skills/{skill}/file", { params: { path: { skill: `${name}@${number}` }, query: { path } }, signal })),
  });
}

/** The agents that have a skill, with the version that each would get now. */
export function skillAgents(name: string) {
  return queryOptions({
    queryKey: ["skills", "agents", name],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/skills/{skill}/agents", { params: { path: { skill: name }, query: { limit: 200 } }, signal })))
        .data,
  });
}

/** Which files differ between two versions. */
export function skillDiff(name: string, from: string, to: string) {
  return queryOptions({
    queryKey: ["skillFiles", "diff", name, from, to],
    queryFn: ({ signal }) =>
      ask(api.GET("/v1/skills/{skill}/diff", { params: { path: { skill: name }, query: { from, to } }, signal })),
  });
}

/** What this tenant shares, and what others share with it. */
export const sharedSkills = queryOptions({
  queryKey: ["skills", "shared"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/shared_skills", { params: { query: { limit: 200 } }, signal }))).data,
});

export type AddOptions = { label?: string; vouched: boolean; subfolder?: string };

/** A version from its files. */
export function addFiles(body: SkillFiles, options: AddOptions): Promise<SkillVersion> {
  return ask(api.POST("/v1/skills", { params: { query: options }, body }));
}

/** A version from an archive, as it is. */
export async function addArchive(file: File, options: AddOptions): Promise<SkillVersion> {
  const bytes = await file.arrayBuffer();
  return ask(
    api.POST("/v1/skills", {
      params: { query: options },
      body: bytes as unknown as string,
      bodySerializer: (body) => body as unknown as ArrayBuffer,
      headers: { "content-type": archiveType(file.name) },
    }),
  );
}

export type ImportFrom = { url?: string; shared?: string; sha256?: string; label?: string; vouched: boolean };

/** A version fetched by the server, from an address or another tenant. */
export function importSkill(from: ImportFrom): Promise<SkillVersion> {
  return ask(api.POST("/v1/skill_imports", { body: from }));
}

export function deprecate(skill: string, reason: string | null): Promise<SkillVersion> {
  return ask(api.PUT("/v1/skills/{skill}/deprecation", { params: { path: { skill } }, body: { reason } }));
}

export function undeprecate(skill: string): Promise<SkillVersion> {
  return ask(api.DELETE("/v1/skills/{skill}/deprecation", { params: { path: { skill } } }));
}

export function deleteSkill(skill: string): Promise<unknown> {
  return ask(api.DELETE("/v1/skills/{skill}", { params: { path: { skill } } }));
}

export function shareSkill(skill: string, reader: string | null): Promise<SharedSkill> {
  return ask(api.POST("/v1/skills/{skill}/shares", { params: { path: { skill } }, body: { with: reader } }));
}

export function unshareSkill(share: string): Promise<unknown> {
  return ask(api.DELETE("/v1/shared_skills/{share}", { params: { path: { share } } }));
}

/** After an act: what is held of skills is stale, except files, which never change. */
export function skillsChanged(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["skills"] });
}

function archiveType(name: string): string {
  if (/\.(tar\.gz|tgz)$/i.test(name)) return "application/gzip";
  return /\.tar$/i.test(name) ? "application/x-tar" : "application/zip";
}

onFrames((frames, client) => {
  if (frames.some((frame) => frame.name === "skill.loaded"))
    soon("skills", () => void client.invalidateQueries({ queryKey: ["skills", "list"] }), 1_000);
  if (frames.some((frame) => frame.name === "agent.status"))
    soon("skill agents", () => void client.invalidateQueries({ queryKey: ["skills", "agents"] }), 1_000);
});
