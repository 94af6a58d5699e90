import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../api/client";
import { may } from "../session";
import { IconButton } from "../ui/Button";
import { Danger } from "../ui/Danger";
import { FormDialog } from "../ui/FormDialog";
import { Menu } from "../ui/Menu";
import { tell } from "../ui/tell";
import { useAct } from "../ui/useAct";
import { PEOPLE, type Person } from "./queries";
import { RoleField } from "./RoleField";

/** What can be done about somebody who works here. */
export function PersonActs({
  of: person,
  onReset,
}: {
  of: Person;
  onReset: (made: { email: string; link: string | null }) => void;
}) {
  const [open, setOpen] = useState<"role" | "disable" | "remove" | null>(null);
  const close = () => setOpen(null);
  const enable = useAct(() => change(person, { disabled: false }).catch(tell(`${person.name} still cannot sign in`)), PEOPLE);
  const reset = useAct(() =>
    ask(api.POST("/v1/password_resets", { body: { email: person.email } })).catch(tell(`${person.name} got no link`)),
  );
  return (
    <>
      <Menu
        align="end"
        label={person.name}
        trigger={<IconButton size="small" label={`What to do about ${person.name}`} icon={<Ellipsis size={16} />} />}
        items={[
          { label: "Change the role…", onSelect: () => setOpen("role") },
          ...(may("deployment:control")
            ? [
                {
                  label: "Make a link for a new password",
                  hint: "It takes the second factor away too",
                  onSelect: () =>
                    void reset.run(undefined).then((made) => made && onReset({ email: person.email, link: made.link })),
                },
              ]
            : []),
          "separator",
          person.disabled_at === null
            ? { label: "Let them not sign in…", onSelect: () => setOpen("disable") }
            : { label: "Let them sign in again", onSelect: () => void enable.run(undefined) },
          { label: "Remove…", danger: true, onSelect: () => setOpen("remove") },
        ]}
      />
      {open === "role" && <ChangeRole of={person} onClose={close} />}
      {open === "disable" && <Disable of={person} onClose={close} />}
      {open === "remove" && <Remove of={person} onClose={close} />}
    </>
  );
}

function ChangeRole({ of: person, onClose }: { of: Person; onClose: () => void }) {
  const [role, setRole] = useState(person.role);
  const save = useAct(() => change(person, { role }), PEOPLE);
  return (
    <FormDialog
      title={`What ${person.name} may do`}
      description="Their sessions here end at once; they sign in again."
      submit="Change the role"
      size="small"
      busy={save.busy}
      problem={save.problem}
      fields={["/role"]}
      disabled={role === person.role}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      <RoleField value={role} onChange={setRole} error={save.problem?.fault("/role")} />
    </FormDialog>
  );
}

function Disable({ of: person, onClose }: { of: Person; onClose: () => void }) {
  const save = useAct(() => change(person, { disabled: true }), PEOPLE);
  return (
    <Danger
      title={`Let ${person.name} not sign in`}
      submit="Keep them out"
      busy={save.busy}
      problem={save.problem}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      Their sessions here end at once, and so do the keys that they made. Their cards, comments and role stay, and you can let
      them in again.
    </Danger>
  );
}

function Remove({ of: person, onClose }: { of: Person; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/people/{person}", { params: { path: { person: person.id } } })).then(() => true),
    PEOPLE,
  );
  return (
    <Danger
      title={`Remove ${person.name}`}
      submit="Remove"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      They can no longer sign in here, and their sessions and keys end at once. What they did stays under their name. Who works in
      no other tenant loses the account with it.
    </Danger>
  );
}

function change(person: Person, body: { role?: Person["role"]; disabled?: boolean }): Promise<Person> {
  return ask(api.PATCH("/v1/people/{person}", { params: { path: { person: person.id } }, body }));
}
