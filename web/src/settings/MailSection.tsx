import { useQuery } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { MailForm } from "../inbox/MailForm";
import { userList } from "../people/queries";
import { may, session } from "../session";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { useAct } from "../ui/useAct";
import { Wrong } from "../ui/Wrong";
import { Panel, Part } from "./Part";
import { signedIn } from "./sections";

/** What the reader's inbox sends them by mail. Nothing, until they ask for it. */
export default function MailSection() {
  const { me } = session();
  const users = useQuery({ ...userList, enabled: !signedIn() && may("people:read") });
  const known = signedIn() || (users.data?.some((user) => user.name === me.name) ?? false);
  return (
    <Part
      title="Mail"
      about="What waits in your inbox, sent to the address of your account by the workspace's mail channel. Nothing is mailed until you ask for it."
    >
      {me.kind !== "person" ? (
        <p className="quiet">An inbox belongs to a person; you are here by a key.</p>
      ) : !known && users.error !== null ? (
        <Failure reason={users.error} retry={() => void users.refetch()} />
      ) : !known && (signedIn() || users.isFetched || users.fetchStatus === "idle") ? (
        <NoInbox name={me.name} />
      ) : known ? (
        <Panel>
          <MailForm />
        </Panel>
      ) : (
        <Skeleton lines={5} />
      )}
    </Part>
  );
}

function NoInbox({ name }: { name: string }) {
  const add = useAct(() => ask(api.POST("/v1/users", { body: { name } })), ["users"]);
  return (
    <Panel>
      <p>
        This server is open to its own machine, where you are “{name}”. There is no inbox of that name until somebody is called
        so.
      </p>
      <Wrong problem={add.problem} />
      {may("people:write") && (
        <div>
          <Button busy={add.busy} onClick={() => void add.run(undefined)}>
            Add {name}
          </Button>
        </div>
      )}
    </Panel>
  );
}
