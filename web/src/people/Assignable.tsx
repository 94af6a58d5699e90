import { useState } from "react";
import { api, ask } from "../api/client";
import { may } from "../session";
import { Part } from "../settings/Part";
import { PagedTable } from "../settings/Table";
import { useUnkept } from "../settings/useUnkept";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { useAct } from "../ui/useAct";
import { usePages } from "../ui/usePages";
import styles from "./PeopleSection.module.css";
import { fetchUsers, USER_PAGES, USERS } from "./queries";
import { ROLES } from "./roles";

/** Everybody whom a card can be given to, also who cannot sign in. */
export function Assignable() {
  useUnkept(USER_PAGES);
  const pages = usePages(USER_PAGES, fetchUsers);
  const [adding, setAdding] = useState(false);
  return (
    <Part
      title="Who cards can be given to"
      about="Everybody above, and people without an account: cards can be assigned to them, and their names mentioned."
      aside={may("people:write") && <Button onClick={() => setAdding(true)}>Add a name</Button>}
    >
      <PagedTable
        label="Who cards can be given to"
        pages={pages}
        rowKey={(user) => user.id}
        columns={[
          {
            head: "Name",
            cell: (user) => (
              <span className={styles.name}>
                <Avatar name={user.name} kind="person" size={20} />
                {user.name}
              </span>
            ),
          },
          {
            head: "Role",
            cell: (user) => (user.role === null ? <span className="faint">cannot sign in</span> : ROLES[user.role].label),
          },
          { head: "Since", cell: (user) => <Ago at={user.created_at} />, align: "end" },
        ]}
        empty={<p className="faint">Nobody yet. Agents can have cards all the same.</p>}
      />
      {adding && <AddName onClose={() => setAdding(false)} />}
    </Part>
  );
}

function AddName({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const add = useAct(() => ask(api.POST("/v1/users", { body: { name: name.trim() } })), USERS);
  return (
    <FormDialog
      title="Add a name"
      description="For somebody who gets cards but does not sign in. A name cannot be taken away again."
      submit="Add"
      size="small"
      busy={add.busy}
      problem={add.problem}
      fields={["/name"]}
      disabled={name.trim() === ""}
      onClose={onClose}
      onSubmit={async () => (await add.run(undefined)) && onClose()}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={100}
        error={add.problem?.fault("/name")}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}
