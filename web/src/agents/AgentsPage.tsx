import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { Suspense, useEffect } from "react";
import { lookBack } from "../board/last_lines";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { useCommands } from "../shell/commands";
import { lazyPart } from "../shell/part";
import { Button } from "../ui/Button";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Tabs } from "../ui/Tabs";
import { AgentRows } from "./list/AgentRows";
import { agentList } from "./queries";

const RegisterAgent = lazyPart(() => import("./RegisterAgent"));
const TeamsView = lazyPart(() => import("../teams/TeamsView"));

const route = getRouteApi("/agents");
const TABS = [
  { name: "agents", label: "Agents" },
  { name: "teams", label: "Teams" },
];

/** Who works here: what each of them does now, and the teams that they form. */
export function AgentsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: agents } = useQuery(agentList);
  const isTeams = search.view === "teams";
  const mayWrite = may("agents:write");
  const count = agents?.filter((agent) => agent.status !== "archived").length;
  const make = () => void navigate({ search: (held) => ({ ...held, team: undefined, new: "1" }) });
  const close = () => void navigate({ search: (held) => ({ ...held, new: undefined }) });
  const label = isTeams ? "New team" : "Register an agent";
  useEffect(() => {
    if (may("runs:read")) void lookBack();
  }, []);
  useShortcuts(mayWrite ? [{ keys: "c", label, group: "Agents", run: make }] : []);
  useCommands(mayWrite ? [{ label, group: "Agents", hotkey: "c", words: "create make add", run: make }] : []);
  return (
    <Page
      title={isTeams ? "Teams" : "Agents"}
      heading="Agents"
      aside={
        mayWrite && (
          <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={make}>
            {label}
          </Button>
        )
      }
    >
      <Tabs
        tabs={TABS.map((tab) => (tab.name === "agents" && count ? { ...tab, count } : tab))}
        current={isTeams ? "teams" : "agents"}
        label="Views of agents"
      />
      {isTeams ? (
        <Suspense fallback={<Skeleton lines={6} label="Loading teams" />}>
          <TeamsView />
        </Suspense>
      ) : (
        <AgentRows onRegister={make} />
      )}
      {!isTeams && mayWrite && search.new !== undefined && (
        <Suspense fallback={null}>
          <RegisterAgent onClose={close} />
        </Suspense>
      )}
    </Page>
  );
}
