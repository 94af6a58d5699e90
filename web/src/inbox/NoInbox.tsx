import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../api/client";
import { may, session } from "../session";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { tell } from "../ui/tell";

/** An inbox belongs to a person. Who looks without being one of the users has none, and can make themselves one. */
export function NoInbox() {
  const client = useQueryClient();
  const { me } = session();
  const [busy, setBusy] = useState(false);
  const join = () => {
    setBusy(true);
    ask(api.POST("/v1/users", { body: { name: me.name } }))
      .then(() => client.refetchQueries({ queryKey: ["users"] }))
      .then(() => client.resetQueries({ queryKey: ["inbox"] }))
      .catch(tell("The user was not added"))
      .finally(() => setBusy(false));
  };
  const person = me.kind === "person" && may("people:write");
  return (
    <Empty
      title="You have no inbox here"
      action={
        person ? (
          <Button busy={busy} onClick={join}>
            Add the user {me.name}
          </Button>
        ) : undefined
      }
    >
      {me.kind === "person"
        ? `An inbox belongs to a user, and ${me.name} is none yet. As a user you are told of mentions, tasks and dates.`
        : "An inbox belongs to a person, and you look with a key. What agents ask stands below all the same."}
    </Empty>
  );
}
