import { Plus } from "lucide-react";
import { useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Danger } from "../../ui/Danger";
import { duration } from "../../ui/duration";
import { StateMark } from "../../ui/StateMark";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { PagedTable } from "../Table";
import { NewChannel } from "./NewChannel";
import { CHANNELS, type Channel, fetchChannels } from "./queries";

type Test = Schema<"ChannelTestOut">;

/** Ways on which somebody is told. */
export function Channels() {
  const pages = usePages(CHANNELS, fetchChannels);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Channel | null>(null);
  const [tested, setTested] = useState<{ name: string; test: Test | null } | null>(null);
  const test = useAct((name: string) =>
    ask(api.POST("/v1/alert_channels/{name}/tests", { params: { path: { name } } })).catch(tell(`${name} was not tested`)),
  );
  const sendTest = async (name: string) => {
    setTested({ name, test: null });
    setTested({ name, test: (await test.run(name)) ?? null });
  };
  const write = may("alerts:write");
  return (
    <Part
      title="Channels"
      about="Ways on which somebody is told. Passwords stay in the environment of servers and workers: a channel only names the variable."
      aside={
        write && (
          <Button icon={<Plus size={14} />} onClick={() => setAdding(true)}>
            New channel
          </Button>
        )
      }
    >
      <PagedTable
        label="Channels"
        pages={pages}
        rowKey={(channel) => channel.id}
        columns={[
          {
            head: "Name",
            cell: (channel) => (
              <>
                {channel.name}
                {tested?.name === channel.name && <Outcome of={tested.test} />}
              </>
            ),
          },
          { head: "By", cell: (channel) => by(channel.settings) },
          {
            head: "Told of",
            cell: ({ settings }) => (
              <span style={{ display: "inline-flex", flexWrap: "wrap", gap: 4 }}>
                <Chip>alerts</Chip>
                {settings.approvals === true && <Chip>approvals</Chip>}
                {settings.link_decides === true && <Chip tone="needs">its link decides</Chip>}
              </span>
            ),
          },
        ]}
        acts={
          write
            ? (channel) => (
                <>
                  <Button
                    size="small"
                    look="bare"
                    busy={test.busy && tested?.name === channel.name}
                    aria-label={`Send a test to ${channel.name}`}
                    onClick={() => void sendTest(channel.name)}
                  >
                    Send a test
                  </Button>
                  <Button
                    size="small"
                    look="bare"
                    aria-label={`Delete the channel ${channel.name}`}
                    onClick={() => setDeleting(channel)}
                  >
                    Delete
                  </Button>
                </>
              )
            : undefined
        }
        empty={<p className="faint">None yet. A rule needs one to tell anybody.</p>}
      />
      {adding && <NewChannel onClose={() => setAdding(false)} />}
      {deleting !== null && <Delete of={deleting} onClose={() => setDeleting(null)} />}
    </Part>
  );
}

/** How the test went: it is told at once, and kept nowhere. */
function Outcome({ of: test }: { of: Test | null }) {
  return (
    <span role="status" style={{ display: "block" }}>
      {test !== null && (
        <StateMark
          state={test.delivered ? "completed" : "failed"}
          word={test.delivered ? `took the test in ${duration(test.ms)}` : (test.error ?? undefined)}
        />
      )}
    </span>
  );
}

function by(settings: Channel["settings"]): string {
  const text = (name: string) => String((settings as Record<string, unknown>)[name] ?? "");
  if (settings.kind === "smtp")
    return `mail to ${[(settings as { to?: string[] }).to ?? []].flat().join(", ")} by ${text("host")}`;
  if (settings.kind === "slack") return `Slack, at the address in ${text("url_env")}`;
  return `webhook to ${text("url") || `the address in ${text("url_env")}`}`;
}

function Delete({ of: channel, onClose }: { of: Channel; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/alert_channels/{name}", { params: { path: { name: channel.name } } })).then(() => true),
    CHANNELS,
  );
  return (
    <Danger
      title={`Delete the channel ${channel.name}`}
      submit="Delete"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      Nobody is told this way any more, and messages on their way are dropped.
    </Danger>
  );
}
