import { useState } from "react";
import { api, ask } from "../api/client";
import { Part } from "../settings/Part";
import { PagedTable } from "../settings/Table";
import { useUnkept } from "../settings/useUnkept";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Danger } from "../ui/Danger";
import { useAct } from "../ui/useAct";
import { usePages } from "../ui/usePages";
import { fetchInvitations, INVITATIONS, type Invitation } from "./queries";
import { ROLES } from "./roles";

/** Who was invited and has not come yet. */
export function Invitations() {
  useUnkept(INVITATIONS);
  const pages = usePages(INVITATIONS, fetchInvitations);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  return (
    <Part title="Invitations" about="Links that nobody has used yet.">
      <PagedTable
        label="Invitations"
        pages={pages}
        rowKey={(one) => one.id}
        columns={[
          { head: "Address", cell: (one) => one.email },
          { head: "As", cell: (one) => ROLES[one.role].label },
          { head: "By", cell: (one) => one.invited_by, wideOnly: true },
          { head: "Ends", cell: (one) => <Ago at={one.expires_at} />, align: "end" },
        ]}
        acts={(one) => (
          <Button size="small" look="bare" onClick={() => setRevoking(one)}>
            Revoke
          </Button>
        )}
        empty={<p className="faint">Nobody is invited at the moment.</p>}
      />
      {revoking !== null && <Revoke of={revoking} onClose={() => setRevoking(null)} />}
    </Part>
  );
}

function Revoke({ of: one, onClose }: { of: Invitation; onClose: () => void }) {
  const revoke = useAct(
    () => ask(api.DELETE("/v1/invitations/{invitation}", { params: { path: { invitation: one.id } } })).then(() => true),
    INVITATIONS,
  );
  return (
    <Danger
      title={`Revoke the invitation of ${one.email}`}
      submit="Revoke"
      busy={revoke.busy}
      problem={revoke.problem}
      onClose={onClose}
      onSubmit={async () => (await revoke.run(undefined)) && onClose()}
    >
      Its link opens nothing any more. You can invite them again.
    </Danger>
  );
}
