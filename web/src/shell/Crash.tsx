import type { ErrorComponentProps } from "@tanstack/react-router";
import { Failure } from "../ui/Failure";
import { Page } from "../ui/Page";

/** A page that threw: what it said, and a way on. The rest of the dashboard still works. */
export function Crash({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="Something is wrong here">
      <Failure reason={error} retry={reset} />
    </Page>
  );
}
