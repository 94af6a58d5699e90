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
