import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

/** Nothing tells when these change elsewhere: so they are asked for anew each time that somebody comes to look, and not in between. */
export function useUnkept(queryKey: QueryKey): void {
  const client = useQueryClient();
  const key = JSON.stringify(queryKey);
  useEffect(
    () => () => {
      void client.invalidateQueries({ queryKey: JSON.parse(key) as QueryKey, refetchType: "none" });
    },
    [client, key],
  );
}
