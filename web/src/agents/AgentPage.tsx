import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ComponentType, Suspense } from "react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { lazyPart } from "../shell/part";
import { copyText } from "../ui/copy";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Tabs } from "../ui/Tabs";
import { AgentActs } from "./AgentActs";
import { AgentHead, AgentHeading, AgentStatus } from "./AgentHead";
import styles from "./AgentPage.module.css";
import { type Agent, oneAgent } from "./agent_queries";
import { StreamTab } from "./stream/StreamTab";

const route = getRouteApi("/agents/$name");
const GROUP = "Agent";

type View = { name: string; label: string; needs: string; show: ComponentType<{ agent: Agent }> };

/** What can be seen of an agent, each fetched when it is first shown, but for the stream, which is why one comes here. */
const VIEWS: readonly View[] = [
  { name: "stream", label: "Stream", needs: "agents:read", show: StreamTab },
  { name: "runs", label: "Runs", needs: "runs:read", show: lazyPart(() => import("./work/RunsTab")) },
  { name: "tasks", label: "Tasks", needs: "tasks:read", show: lazyPart(() => import("./work/TasksTab")) },
  { name: "skills", label: "Skills and tools", needs: "agents:read", show: lazyPart(() => import("./work/SkillsTab")) },
  { name: "memory", label: "Memory", needs: "agents:read", show: lazyPart(() => import("./memory/MemoryTab")) },
  { name: "triggers", label: "Triggers", needs: "agents:read", show: lazyPart(() => import("./triggers/TriggersTab")) },
  { name: "costs", label: "Costs", needs: "usage:read", show: lazyPart(() => import("./work/CostsTab")) },
  { name: "limits", label: "Limits", needs: "agents:read", show: lazyPart(() => import("./work/LimitsTab")) },
  { name: "definition", label: "Definition", needs: "agents:read", show: lazyPart(() => import("./definition/DefinitionTab")) },
];

/** One agent: what it does as it does it, a way to steer it, and everything that is its own. */
export function AgentPage() {
  const { name } = route.useParams();
  const found = useQuery(oneAgent(name));
  if (found.data !== undefined) return <OneAgent key={found.data.id} agent={found.data} />;
  if (found.error instanceof Problem && found.error.status === 404)
    return (
      <Page title={name}>
        <Empty title={`There is no agent ${name}`} action={<Link to="/agents">All agents</Link>}>
          {found.error.message}
        </Empty>
      </Page>
    );
  return (
    <Page title={name} heading={<AgentHeading name={name} />} wide>
      {found.error !== null ? (
        <Failure reason={found.error} retry={() => void found.refetch()} />
      ) : (
        <Skeleton lines={8} label={`Loading ${name}`} />
      )}
    </Page>
  );
}

function OneAgent({ agent }: { agent: Agent }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const views = VIEWS.filter((view) => may(view.needs));
  const view = views.find((one) => one.name === search.view) ?? views[0];
  const isStream = view?.name === "stream";
  useShortcuts([
    { keys: "Escape", label: "Back to agents", group: GROUP, run: () => void navigate({ to: "/agents", search: {} }) },
    { keys: ".", label: "Copy its id", group: GROUP, run: () => void copyText(agent.id) },
    ...views.map((one, index) => ({
      keys: String(index + 1),
      label: one.label,
      group: GROUP,
      run: () => void navigate({ search: { view: index === 0 ? undefined : one.name } }),
    })),
  ]);
  return (
    <Page
      title={agent.name}
      heading={<AgentHeading name={agent.name} />}
      aside={
        <>
          <AgentStatus agent={agent} />
          <AgentActs agent={agent} />
        </>
      }
      wide={isStream}
      fill={isStream}
    >
      <AgentHead agent={agent} />
      <Tabs label={`What there is of ${agent.name}`} current={view?.name ?? ""} tabs={views} />
      <div className={isStream ? styles.stream : styles.view}>
        <Suspense fallback={<Skeleton lines={6} label="Loading" />}>{view && <view.show agent={agent} />}</Suspense>
      </div>
    </Page>
  );
}
