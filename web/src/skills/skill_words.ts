import type { SkillVersion } from "./queries";

/** Where a version came from, in words. */
export function sourceWords({ source, created_by }: SkillVersion): string {
  const by = created_by === null ? "" : ` by ${created_by}`;
  switch (source.kind) {
    case "published":
      return `published by the workers of ${source.app}`;
    case "archive":
      return `uploaded as an archive${by}`;
    case "files":
      return `written${by}`;
    case "url":
      return `fetched from ${source.url}${by}`;
    case "shared":
      return `taken over from ${source.owner}, version ${source.version}${by}`;
    default:
      return `added${by}`;
  }
}

/** What vouching means for whoever reads the skill. */
export function vouchedWords(vouched: boolean): string {
  return vouched
    ? "Somebody here answers for its text: agents take it as yours."
    : "Nobody here answers for its text: agents take it as written by a stranger, and a conversation that has read it asks before it acts.";
}

export function byteWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** `refunds` and `3` of `refunds@3`; the version is null for a bare name. */
export function nameAndVersion(skill: string): { name: string; version: string | null } {
  const [name, version] = skill.split(/@(.*)/s);
  return { name: name ?? skill, version: version || null };
}
