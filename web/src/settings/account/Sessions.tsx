import { useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Danger } from "../../ui/Danger";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { PagedTable } from "../Table";
import { useUnkept } from "../useUnkept";
import { browserOf } from "./browser";

type Own = Schema<"SessionShownOut">;
const SESSIONS = ["sessions"] as const;

/** Where the reader is signed in. */
export function Sessions() {
  useUnkept(SESSIONS);
  const pages = usePages(SESSIONS, (cursor, signal) =>
    ask(api.GET("/v1/sessions", { params: { query: { cursor, limit: 50 } }, signal })),
  );
  const [all, setAll] = useState(false);
  return (
    <Part
      title="Sessions"
      about="Where you are signed in. A session ends when it was not used for a while."
      aside={<Button onClick={() => setAll(true)}>Sign out everywhere</Button>}
    >
      <PagedTable
        label="Sessions"
        pages={pages}
        rowKey={(one) => one.id}
        columns={[
          {
            head: "Browser",
            cell: (one) => (
              <span title={one.user_agent}>
                {browserOf(one.user_agent)} {one.current && <Chip tone="done">this one</Chip>}
              </span>
            ),
          },
          { head: "Address", cell: (one) => <span className="mono">{one.address}</span> },
          { head: "Used", cell: (one) => <Ago at={one.used_at} />, align: "end" },
          { head: "Since", cell: (one) => <Ago at={one.created_at} />, align: "end", wideOnly: true },
        ]}
        acts={(one) => !one.current && <End of={one} />}
        empty={null}
      />
      {all && <Everywhere onClose={() => setAll(false)} />}
    </Part>
  );
}

function End({ of: one }: { of: Own }) {
  const end = useAct(
    () => ask(api.DELETE("/v1/sessions/{session}", { params: { path: { session: one.id } } })).catch(tell("The session goes on")),
    SESSIONS,
  );
  return (
    <Button
      size="small"
      look="bare"
      busy={end.busy}
      aria-label={`End the session in ${browserOf(one.user_agent)}`}
      onClick={() => void end.run(undefined)}
    >
      End
    </Button>
  );
}

function Everywhere({ onClose }: { onClose: () => void }) {
  const end = useAct(() => ask(api.DELETE("/v1/sessions")).then(() => location.assign("/sign-in")));
  return (
    <Danger
      title="Sign out everywhere"
      submit="Sign out"
      busy={end.busy}
      problem={end.problem}
      onClose={onClose}
      onSubmit={() => void end.run(undefined)}
    >
      Every session of yours ends, this one too. What is written in open pages and was not sent is lost.
    </Danger>
  );
}
