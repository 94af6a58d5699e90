import { useQueryClient } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { IconButton } from "../../ui/Button";
import { Danger } from "../../ui/Danger";
import { SelectField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Menu } from "../../ui/Menu";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { EndpointForm } from "./EndpointForm";
import { DELIVERIES, ENDPOINTS, type Endpoint, lookAgainSoon, WEBHOOKS } from "./queries";

type Made = (made: { url: string; secret: string | null }) => void;

export function EndpointActs({ of: one, onSecret }: { of: Endpoint; onSecret: Made }) {
  const [open, setOpen] = useState<"edit" | "rotate" | "delete" | null>(null);
  const close = () => setOpen(null);
  const client = useQueryClient();
  const path = { params: { path: { endpoint: one.id } } };
  const ping = useAct(
    () =>
      ask(api.POST("/v1/webhook_endpoints/{endpoint}/pings", path)).then(
        ({ id }) => lookAgainSoon(client, id),
        tell("No test was sent"),
      ),
    DELIVERIES,
  );
  const turn = useAct(
    () =>
      ask(api.PATCH("/v1/webhook_endpoints/{endpoint}", { ...path, body: { enabled: !one.enabled } })).catch(
        tell("The endpoint is as it was"),
      ),
    ENDPOINTS,
  );
  return (
    <>
      <Menu
        align="end"
        label={one.url}
        trigger={<IconButton size="small" label={`Acts of ${one.url}`} icon={<Ellipsis size={16} />} />}
        items={[
          { label: "Change…", onSelect: () => setOpen("edit") },
          {
            label: "Send a test",
            hint: "It stands below, with the answer",
            disabled: !one.enabled,
            onSelect: () => void ping.run(undefined),
          },
          { label: "Rotate its key…", onSelect: () => setOpen("rotate") },
          { label: one.enabled ? "Switch off" : "Switch on", onSelect: () => void turn.run(undefined) },
          "separator",
          { label: "Delete…", danger: true, onSelect: () => setOpen("delete") },
        ]}
      />
      {open === "edit" && <EndpointForm of={one} onClose={close} />}
      {open === "rotate" && <Rotate of={one} onClose={close} onSecret={onSecret} />}
      {open === "delete" && <Delete of={one} onClose={close} />}
    </>
  );
}

function Rotate({ of: one, onClose, onSecret }: { of: Endpoint; onClose: () => void; onSecret: Made }) {
  const [overlap, setOverlap] = useState("24h");
  const rotate = useAct(
    () => ask(api.POST("/v1/webhook_endpoints/{endpoint}/keys", { params: { path: { endpoint: one.id } }, body: { overlap } })),
    ENDPOINTS,
  );
  return (
    <FormDialog
      title="A new signing key"
      description="For a while every message has two signatures, so that the receiver may know either. An older key is dropped at once."
      submit="Rotate"
      size="small"
      busy={rotate.busy}
      problem={rotate.problem}
      fields={["/overlap"]}
      onClose={onClose}
      onSubmit={async () => {
        const made = await rotate.run(undefined);
        if (made === undefined) return;
        onClose();
        onSecret({ url: one.url, secret: made.secret });
      }}
    >
      <SelectField
        label="The key before it still signs for"
        value={overlap}
        error={rotate.problem?.fault("/overlap")}
        onChange={(event) => setOverlap(event.target.value)}
      >
        <option value="24h">24 hours</option>
        <option value="3d">3 days</option>
        <option value="7d">7 days</option>
      </SelectField>
    </FormDialog>
  );
}

function Delete({ of: one, onClose }: { of: Endpoint; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/webhook_endpoints/{endpoint}", { params: { path: { endpoint: one.id } } })).then(() => true),
    WEBHOOKS,
  );
  return (
    <Danger
      title="Delete the endpoint"
      submit="Delete"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      {one.url} is told nothing any more. Its key, and all that was sent to it and what it answered, go with it.
    </Danger>
  );
}
