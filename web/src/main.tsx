import "./design/index.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem } from "./api/problem";
import { listenToKeys } from "./keys/shortcuts";
import { startLive } from "./live/start";
import { queryClient } from "./query";
import { fetchPage, router } from "./router";
import { beginSession, signInAddress } from "./session";
import { reloadForNewBuild } from "./shell/build";
import { Failure } from "./ui/Failure";

const place = document.getElementById("root");
if (place === null) throw new Error("the page has no #root");
const root = createRoot(place);

/** Who is looking comes first; what they see follows the stream from before the first thing that was fetched. */
async function start(): Promise<void> {
  try {
    startLive(await beginSession(), queryClient);
  } catch (reason) {
    if (reason instanceof Problem && reason.isSignedOut) return location.assign(signInAddress());
    return root.render(
      <main style={{ padding: 24 }}>
        <h1>FlowForge cannot be shown</h1>
        <Failure reason={reason} retry={() => void start()} />
      </main>,
    );
  }
  listenToKeys();
  root.render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}

reloadForNewBuild();
fetchPage();
void start();
