import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, ask } from "../api/client";
import { useLiveState } from "../live/state";
import { may } from "../session";
import { Snippet } from "../ui/Snippet";
import styles from "./Banners.module.css";

const code = queryOptions({ queryKey: ["code"], queryFn: ({ signal }) => ask(api.GET("/v1/code", { signal })), retry: false });

/** Code that was changed and cannot be taken over: what runs is older than what stands in the editor. Of `flowforge dev` alone. */
export function CodeBanner() {
  const { connection } = useLiveState();
  const { data, refetch } = useQuery({ ...code, enabled: may("functions:read") });
  const reloads = data?.reloads ?? false;
  const away = connection.kind === "reconnecting";

  // Nothing is told of it: but whoever has changed a file comes back from the editor, and the server may have been started anew.
  useEffect(() => {
    if (!reloads || away) return;
    const look = () => document.visibilityState === "visible" && void refetch();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [reloads, away, refetch]);

  const fault = data?.fault;
  if (!fault) return null;
  return (
    <div className={`${styles.banner} ${styles.out}`} role="alert">
      <div className={styles.code}>
        <p>
          <strong>{fault.files.join(", ")} changed, but cannot be used.</strong> The code before it goes on serving.{" "}
          <code>{fault.message}</code>
        </p>
        {fault.traceback !== null && (
          <details>
            <summary>Traceback</summary>
            <Snippet text={fault.traceback} label="Copy the traceback" />
          </details>
        )}
      </div>
    </div>
  );
}
