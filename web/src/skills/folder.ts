import type { SkillFiles } from "./queries";

const HIDDEN = /(^|\/)(\.DS_Store|\.git\/|__pycache__\/|Thumbs\.db$)/;

/** The files of a chosen folder, by their paths within it: texts as they are, the rest in base64. What an operating system or git leaves is left out. */
export async function filesOfFolder(chosen: readonly File[]): Promise<SkillFiles> {
  const files: Record<string, string> = {};
  const base64: Record<string, string> = {};
  for (const file of chosen) {
    const path = file.webkitRelativePath.split("/").slice(1).join("/") || file.name;
    if (HIDDEN.test(path)) continue;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = textOf(bytes);
    if (text === null) base64[path] = base64Of(bytes);
    else files[path] = text;
  }
  return Object.keys(base64).length === 0 ? { files } : { files, base64_files: base64 };
}

/** The text that the bytes are; null where they are none. A byte order mark stays: the same files are the same version. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(binary);
}
