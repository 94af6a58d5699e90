import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `flowforge dev` on its usual port, for `npm run dev`.
const SERVER = process.env.FLOWFORGE_URL ?? "http://127.0.0.1:8288";

// Menus and dialogs: every page needs them, and none to be seen at first.
const FLOATING = /@base-ui(?!.*csp-provider)|@floating-ui/;

type Graph = { getModuleInfo: (id: string) => { importedIds: readonly string[] } | null };

/** Whether a module draws a menu or a dialog, itself or by what it imports: then it is none of what comes first. */
function floats(id: string, graph: Graph, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  return FLOATING.test(id) || (graph.getModuleInfo(id)?.importedIds ?? []).some((one) => floats(one, graph, seen));
}

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../flowforge/api/static",
    emptyOutDir: true,
    target: "es2023",
    // The pages are served under a policy without inline scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    // Many small files take a browser longer than a few larger ones: what most pages share comes together.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "ground",
              test: /csp-provider|node_modules\/(react|react-dom|scheduler|use-sync-external-store)\//,
              priority: 3,
            },
            { name: "floating", test: FLOATING, priority: 2 },
            {
              name: (id, graph) => (floats(id, graph) ? null : "shared"),
              test: /src\/.*\.ts$|src\/ui\/\w+\.tsx$|lucide-react/,
              minShareCount: 4,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 8289,
    // To the server its own page asks: it takes no writes from another origin.
    proxy: { "/v1": { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    // A document for each file took four fifths of the time. They share those of two threads, and leave nothing behind.
    pool: "threads",
    isolate: false,
    unstubGlobals: true,
  },
});
