import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { IconButton } from "../../ui/Button";
import { Danger } from "../../ui/Danger";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Menu } from "../../ui/Menu";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { TENANTS, type Tenant } from "./queries";
import { Rates } from "./Rates";

/** What an operator does with one tenant. The server's own can be neither renamed, suspended nor deleted. */
export function TenantActs({ of: tenant }: { of: Tenant }) {
  const [open, setOpen] = useState<"rename" | "suspend" | "delete" | "rates" | null>(null);
  const close = () => setOpen(null);
  const path = { params: { path: { tenant: tenant.id } } };
  const goOn = useAct(
    () => ask(api.DELETE("/v1/tenants/{tenant}/suspension", path)).catch(tell(`${tenant.name} is still suspended`)),
    TENANTS,
  );
  const own = tenant.name === "default";
  const suspended = tenant.state === "suspended";
  return (
    <>
      <Menu
        align="end"
        label={`Tenant ${tenant.name}`}
        trigger={<IconButton size="small" label={`Acts of the tenant ${tenant.name}`} icon={<Ellipsis size={16} />} />}
        items={[
          ...(own ? [] : [{ label: "Rename…", onSelect: () => setOpen("rename") }]),
          ...(may("deployment:control") ? [{ label: "How fast it may ask…", onSelect: () => setOpen("rates") }] : []),
          {
            label: "Export",
            hint: "A ZIP archive of all its rows",
            onSelect: () => location.assign(`/v1/tenants/${tenant.id}/export`),
          },
          ...(own
            ? []
            : [
                "separator" as const,
                suspended
                  ? { label: "Let it go on", onSelect: () => void goOn.run(undefined) }
                  : { label: "Suspend…", disabled: tenant.state !== "active", onSelect: () => setOpen("suspend") },
                {
                  label: "Delete…",
                  danger: true,
                  disabled: !suspended,
                  hint: suspended ? undefined : "Suspend it first",
                  onSelect: () => setOpen("delete"),
                },
              ]),
        ]}
      />
      {open === "rename" && <Rename of={tenant} onClose={close} />}
      {open === "rates" && <Rates of={tenant} onClose={close} />}
      {open === "suspend" && <Suspend of={tenant} onClose={close} />}
      {open === "delete" && <Delete of={tenant} onClose={close} />}
    </>
  );
}

function Rename({ of: tenant, onClose }: { of: Tenant; onClose: () => void }) {
  const [name, setName] = useState(tenant.name);
  const save = useAct(
    () => ask(api.PATCH("/v1/tenants/{tenant}", { params: { path: { tenant: tenant.id } }, body: { name: name.trim() } })),
    TENANTS,
  );
  return (
    <FormDialog
      title={`Rename ${tenant.name}`}
      description="Programs that name it in a header have to be told."
      submit="Rename"
      size="small"
      busy={save.busy}
      problem={save.problem}
      fields={["/name"]}
      disabled={name.trim() === "" || name.trim() === tenant.name}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={100}
        error={save.problem?.fault("/name")}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}

function Suspend({ of: tenant, onClose }: { of: Tenant; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const suspend = useAct(
    () =>
      ask(
        api.PUT("/v1/tenants/{tenant}/suspension", {
          params: { path: { tenant: tenant.id } },
          body: { reason: reason.trim() || null },
        }),
      ),
    TENANTS,
  );
  return (
    <FormDialog
      title={`Suspend ${tenant.name}`}
      description="Its keys and people are refused, its runs do not go on, its schedules do not fire. Everything that it has stays."
      submit="Suspend"
      danger
      size="small"
      busy={suspend.busy}
      problem={suspend.problem}
      onClose={onClose}
      onSubmit={async () => (await suspend.run(undefined)) && onClose()}
    >
      <TextField
        label="Why"
        hint="Its people are told"
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
    </FormDialog>
  );
}

function Delete({ of: tenant, onClose }: { of: Tenant; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/tenants/{tenant}", { params: { path: { tenant: tenant.id }, query: { confirm: tenant.name } } })),
    TENANTS,
  );
  return (
    <Danger
      title={`Delete ${tenant.name}`}
      submit="Delete for good"
      confirm={tenant.name}
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      Every run, event, card, agent, secret and key of it goes, and the accounts of people who work nowhere else. There is no way
      back but a backup. Export it first if anybody may ask for it.
    </Danger>
  );
}
