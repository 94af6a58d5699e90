import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Button } from "../../ui/Button";
import { DataList } from "../../ui/DataList";
import { Empty } from "../../ui/Empty";
import { agentList } from "../queries";
import { chosen, isNarrowed } from "./choice";
import { COLUMNS } from "./columns";
import { Filters } from "./Filters";
import { NoAgents } from "./NoAgents";
import { usePauseKey } from "./usePauseKey";

const route = getRouteApi("/agents");

/** Everybody, one row each, as they work. */
export function AgentRows({ onRegister }: { onRegister: () => void }) {
  const wish = route.useSearch();
  const navigate = route.useNavigate();
  const { data: agents, error, refetch } = useQuery(agentList);
  const rows = agents && chosen(agents, wish);
  const pausing = usePauseKey(rows ?? []);
  const change = (next: Partial<typeof wish>) => void navigate({ search: (held) => ({ ...held, ...next }), replace: true });
  const nobody = agents !== undefined && !isNarrowed(wish) && rows?.length === 0;
  return (
    <>
      {agents !== undefined && agents.length > 0 && <Filters agents={agents} wish={wish} onChange={change} />}
      <DataList
        label="Agents"
        columns={COLUMNS}
        rows={rows}
        rowKey={(agent) => agent.id}
        rowLink={(agent) => ({ to: "/agents/$name", params: { name: agent.name } })}
        failure={agents === undefined ? error : null}
        retry={() => void refetch()}
        hasMore={false}
        loadingMore={false}
        more={() => {}}
        empty={
          nobody ? (
            <NoAgents archived={agents.length} onRegister={onRegister} onShowArchived={() => change({ archived: "1" })} />
          ) : (
            <Empty
              title="No agent fits"
              action={
                <Button onClick={() => change({ q: undefined, status: undefined, skill: undefined, model: undefined })}>
                  Show all
                </Button>
              }
            />
          )
        }
      />
      {pausing}
    </>
  );
}
