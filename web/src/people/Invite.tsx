import { useState } from "react";
import { api, ask } from "../api/client";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { useAct } from "../ui/useAct";
import { INVITATIONS } from "./queries";
import { RoleField } from "./RoleField";
import type { Role } from "./roles";

export function Invite({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: { email: string; link: string | null }) => void;
}) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const invite = useAct(() => ask(api.POST("/v1/invitations", { body: { email: email.trim(), role } })), INVITATIONS);
  return (
    <FormDialog
      title="Invite somebody"
      description="It makes a link that holds for a week. An earlier invitation of the same address is void then."
      submit="Make the link"
      size="small"
      busy={invite.busy}
      problem={invite.problem}
      fields={["/email", "/role"]}
      disabled={email.trim() === ""}
      onClose={onClose}
      onSubmit={async () => {
        const made = await invite.run(undefined);
        if (made !== undefined) onMade(made);
      }}
    >
      <TextField
        label="E-mail address"
        type="email"
        autoComplete="off"
        value={email}
        maxLength={254}
        error={invite.problem?.fault("/email")}
        onChange={(event) => setEmail(event.target.value)}
      />
      <RoleField value={role} onChange={setRole} error={invite.problem?.fault("/role")} />
    </FormDialog>
  );
}
