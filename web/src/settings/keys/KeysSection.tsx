import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { CheckField } from "../../ui/Field";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { ShownOnce } from "../ShownOnce";
import { PagedTable } from "../Table";
import { useUnkept } from "../useUnkept";
import { KeyActs } from "./KeyActs";
import { NewKey } from "./NewKey";
import { fetchKeys, KEYS, type Key } from "./queries";

/** Keys of programs and agents: what each may, when it was used, and an end for each. */
export default function KeysSection() {
  const search = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const [ended, setEnded] = useState(false);
  const [issued, setIssued] = useState<{ name: string; value: string | null } | null>(null);
  useUnkept(KEYS);
  const pages = usePages([...KEYS, { ended }], fetchKeys(ended));
  const setNew = (open: boolean) => void navigate({ to: ".", search: { new: open ? "1" : undefined }, replace: true });

  return (
    <Part
      title="API keys"
      about="What programs and agents sign in with. A key may do what its scopes say, and never more than whoever made it."
      aside={
        may("keys:write") && (
          <Button look="ink" icon={<Plus size={14} />} onClick={() => setNew(true)}>
            New key
          </Button>
        )
      }
    >
      <PagedTable
        label="API keys"
        pages={pages}
        rowKey={(key) => key.id}
        isFaint={(key) => !key.active}
        columns={[
          { head: "Name", cell: (key) => <Name of={key} /> },
          { head: "Key", cell: shown },
          { head: "May", cell: (key) => <Scopes of={key.scopes} /> },
          {
            head: "Used",
            cell: (key) => (key.last_used_at ? <Ago at={key.last_used_at} /> : <span className="faint">never</span>),
            wideOnly: true,
            align: "end",
          },
          { head: "Ends", cell: (key) => <Ends of={key} />, align: "end" },
        ]}
        acts={may("keys:write") ? (key) => key.active && <KeyActs of={key} onIssued={setIssued} /> : undefined}
        empty={
          <Empty title="No keys yet" command="flowforge keys create ci --scope events:send --scope runs:read">
            Programs need one wherever the server is not open to its own machine.
          </Empty>
        }
      />
      <CheckField label="Revoked ones too" checked={ended} onChange={(event) => setEnded(event.target.checked)} />
      {search.new !== undefined && may("keys:write") && (
        <NewKey
          onClose={() => setNew(false)}
          onIssued={(key) => {
            setNew(false);
            setIssued(key);
          }}
        />
      )}
      {issued !== null && (
        <ShownOnce
          title={`The key ${issued.name}`}
          about={
            <>
              Send it as <code>Authorization: Bearer</code>, or set it as <code>FLOWFORGE_API_KEY</code> where the program runs.
            </>
          }
          value={issued.value}
          onClose={() => setIssued(null)}
        />
      )}
    </Part>
  );
}

function Name({ of: key }: { of: Key }) {
  return (
    <span style={{ display: "inline-flex", flexWrap: "wrap", gap: 6 }}>
      <span>{key.name}</span>
      {key.kind === "test" && <Chip title="It sees and starts test runs only">test</Chip>}
      {key.agent !== null && <Chip title="It acts as this agent">as {key.agent}</Chip>}
      <span className="faint" title={`Made by the ${key.created_by.kind} ${key.created_by.name}`}>
        by {key.created_by.name}
      </span>
    </span>
  );
}

/** `ffk_live_•••• a2f7`: while it is rotated there are two, the newest first. */
function shown(key: Key) {
  return (
    <span className="mono">
      ffk_{key.kind}_•••• {key.ends_in.join(", ")}
    </span>
  );
}

const SCOPES_SHOWN = 3;

function Scopes({ of: scopes }: { of: string[] }) {
  const more = scopes.length - SCOPES_SHOWN;
  return (
    <span style={{ display: "inline-flex", flexWrap: "wrap", gap: 4 }} title={scopes.join(", ")}>
      {scopes.slice(0, SCOPES_SHOWN).map((scope) => (
        <Chip key={scope}>{scope === "*" ? "all that its maker may" : scope}</Chip>
      ))}
      {more > 0 && <Chip>{more} more</Chip>}
    </span>
  );
}

function Ends({ of: key }: { of: Key }) {
  if (key.revoked_at !== null)
    return (
      <>
        revoked <Ago at={key.revoked_at} />
      </>
    );
  if (key.expires_at === null) return <span className="faint">never</span>;
  return key.active ? (
    <Ago at={key.expires_at} />
  ) : (
    <>
      ended <Ago at={key.expires_at} />
    </>
  );
}
