import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may, session } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { PagedTable } from "../Table";
import { useUnkept } from "../useUnkept";
import { fetchTenants, TENANTS, type Tenant } from "./queries";
import { TenantActs } from "./TenantActs";

/** All tenants of this server: an operator's. */
export default function TenantsSection() {
  const search = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const [name, setName] = useState("");
  useUnkept(TENANTS);
  const pages = usePages(TENANTS, fetchTenants);
  const write = may("tenants:write");
  const setNew = (open: boolean) => void navigate({ to: ".", search: { new: open ? "1" : undefined }, replace: true });
  const make = useAct(() => ask(api.POST("/v1/tenants", { body: { name: name.trim() } })), TENANTS);
  return (
    <Part
      title="Tenants"
      about="Each has its own people, keys, agents, cards and runs; one sees nothing of another."
      aside={
        write && (
          <Button look="ink" icon={<Plus size={14} />} onClick={() => setNew(true)}>
            New tenant
          </Button>
        )
      }
    >
      <PagedTable
        label="Tenants"
        pages={pages}
        rowKey={(tenant) => tenant.id}
        isFaint={(tenant) => tenant.state !== "active"}
        columns={[
          { head: "Name", cell: (tenant) => <Name of={tenant} /> },
          { head: "State", cell: (tenant) => <State of={tenant} /> },
          { head: "Since", cell: (tenant) => <Ago at={tenant.created_at} />, align: "end" },
        ]}
        acts={write ? (tenant) => tenant.state !== "deleted" && <TenantActs of={tenant} /> : undefined}
        empty={null}
      />
      {search.new !== undefined && write && (
        <FormDialog
          title="New tenant"
          description="Nobody is in it yet: sign in there as an operator, or make a key of it, and invite its first admin."
          submit="Make it"
          size="small"
          busy={make.busy}
          problem={make.problem}
          fields={["/name"]}
          disabled={name.trim() === ""}
          onClose={() => setNew(false)}
          onSubmit={async () => {
            if ((await make.run(undefined)) === undefined) return;
            setName("");
            setNew(false);
          }}
        >
          <TextField
            label="Name"
            value={name}
            maxLength={100}
            error={make.problem?.fault("/name")}
            onChange={(event) => setName(event.target.value)}
          />
        </FormDialog>
      )}
    </Part>
  );
}

function Name({ of: tenant }: { of: Tenant }) {
  return (
    <>
      {tenant.name} {tenant.name === session().me.tenant && <Chip>you are here</Chip>}
    </>
  );
}

function State({ of: tenant }: { of: Tenant }) {
  if (tenant.state === "active") return "active";
  if (tenant.state === "suspended")
    return (
      <span title={tenant.reason ?? undefined}>
        ‖ suspended <Ago at={tenant.suspended_at} />
        {tenant.reason !== null && `: ${tenant.reason}`}
      </span>
    );
  return `${tenant.state === "deleting" ? "is being deleted" : "deleted"} · ${tenant.deleted_rows.toLocaleString("en-US")} rows gone`;
}
