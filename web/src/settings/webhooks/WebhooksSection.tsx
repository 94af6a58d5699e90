import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { ShownOnce } from "../ShownOnce";
import { PagedTable } from "../Table";
import { useUnkept } from "../useUnkept";
import { Deliveries } from "./Deliveries";
import { EndpointActs } from "./EndpointActs";
import { EndpointForm } from "./EndpointForm";
import { ENDPOINTS, type Endpoint, fetchEndpoints, WEBHOOKS } from "./queries";

/** Addresses that are told what happens here, and what was sent to them. */
export default function WebhooksSection() {
  const search = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const [secret, setSecret] = useState<{ url: string; secret: string | null } | null>(null);
  useUnkept(WEBHOOKS);
  const pages = usePages(ENDPOINTS, fetchEndpoints);
  const write = may("webhooks:write");
  const setNew = (open: boolean) =>
    void navigate({ to: ".", search: (held) => ({ ...held, new: open ? "1" : undefined }), replace: true });
  const add = (
    <Button look="ink" icon={<Plus size={14} />} onClick={() => setNew(true)}>
      New endpoint
    </Button>
  );
  return (
    <>
      <Part
        title="Webhooks"
        about="Your own systems are told what happens here, by signed messages, at least once each."
        aside={write && pages.rows?.length !== 0 && add}
      >
        <PagedTable
          label="Endpoints"
          pages={pages}
          rowKey={(one) => one.id}
          isFaint={(one) => !one.enabled}
          columns={[
            { head: "Address", cell: (one) => <Address of={one} /> },
            { head: "Hears", cell: (one) => <Hears of={one} /> },
            { head: "State", cell: (one) => <State of={one} /> },
          ]}
          acts={write ? (one) => <EndpointActs of={one} onSecret={setSecret} /> : undefined}
          empty={
            <Empty
              title="Nobody is told yet"
              command="flowforge webhooks add https://hooks.example.com/flowforge --event run.failed --event 'approval.*'"
              action={write && add}
            >
              An endpoint is an address of yours that gets a signed message for each event you choose.
            </Empty>
          }
        />
      </Part>
      <Deliveries endpoints={pages.rows ?? []} />
      {search.new !== undefined && write && (
        <EndpointForm
          onClose={() => setNew(false)}
          onMade={(made) => {
            setNew(false);
            setSecret(made);
          }}
        />
      )}
      {secret !== null && (
        <ShownOnce
          title="The signing key"
          about={<>{secret.url} verifies with it that a message comes from here, as Standard Webhooks describe.</>}
          value={secret.secret}
          onClose={() => setSecret(null)}
        />
      )}
    </>
  );
}

function Address({ of: one }: { of: Endpoint }) {
  return (
    <span style={{ display: "grid" }}>
      <span className="mono">{one.url}</span>
      {one.description !== "" && <span className="faint">{one.description}</span>}
    </span>
  );
}

function Hears({ of: one }: { of: Endpoint }) {
  return (
    <span style={{ display: "inline-flex", flexWrap: "wrap", gap: 4 }}>
      {one.events.map((name) => (
        <Chip key={name}>{name === "*" ? "everything" : name}</Chip>
      ))}
    </span>
  );
}

function State({ of: one }: { of: Endpoint }) {
  if (!one.enabled)
    return (
      <span title={one.disabled_because ?? undefined}>‖ off{one.disabled_because !== null && `: ${one.disabled_because}`}</span>
    );
  if (one.failing_since !== null)
    return (
      <span style={{ color: "var(--red)" }}>
        ✗ failing since <Ago at={one.failing_since} />
      </span>
    );
  return <>✓ on</>;
}
