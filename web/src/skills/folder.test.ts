import fc from "fast-check";
import { expect, test } from "vitest";
import { base64Of, filesOfFolder, textOf } from "./folder";

const file = (path: string, bytes: Uint8Array<ArrayBuffer>) =>
  Object.defineProperty(new File([bytes], path.split("/").at(-1) ?? path), "webkitRelativePath", { value: path });

test("texts are texts, what is none is base64, and paths begin within the folder", async () => {
  const chosen = [
    file("refunds/SKILL.md", new TextEncoder().encode("---\nname: ü\n---\n")),
    file("refunds/assets/logo.png", new Uint8Array([0x89, 0x50, 0xff])),
    file("refunds/.git/HEAD", new Uint8Array([0x61])),
    file("refunds/.DS_Store", new Uint8Array([0xff])),
  ];
  expect(await filesOfFolder(chosen)).toEqual({
    files: { "SKILL.md": "---\nname: ü\n---\n" },
    base64_files: { "assets/logo.png": "iVD/" },
  });
});

test("whatever the bytes are, they come back as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100_000 }), (bytes) => {
      const text = textOf(bytes);
      const back =
        text === null ? Uint8Array.from(atob(base64Of(bytes)), (one) => one.charCodeAt(0)) : new TextEncoder().encode(text);
      expect([...back]).toEqual([...bytes]);
    }),
    { numRuns: 30 },
  );
});
