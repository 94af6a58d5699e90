import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `flowforge dev` on its usual port, for `npm run dev`.
const SERVER = process.env.FLOWFORGE_URL ?? "http://127.0.0.1:8288";

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
            { name: "floating", test: /@base-ui|@floating-ui/, priority: 2 },
            {
              name: "shared",
              test: /src\/.*\.ts$|src\/ui\/(?!Dialog|FormDialog|Danger|Menu|Picker|Popover)\w+\.tsx$|lucide-react/,
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
