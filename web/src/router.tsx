import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { parseSearch, readSearch, writeSearch } from "./search";
import { Crash } from "./shell/Crash";
import { NotFound } from "./shell/NotFound";
import { lazyRouteComponent } from "./shell/part";
import { Shell } from "./shell/Shell";

// Every page, its address and what its address may hold. Each page is fetched when it is first shown.
const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Crash });

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/board", replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/board",
    validateSearch: readSearch("board", "assignee", "label", "priority", "q", "column", "filter", "archived", "new"),
    component: lazyRouteComponent(() => import("./board/BoardPage"), "BoardPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/board/$key",
    validateSearch: readSearch("view"),
    component: lazyRouteComponent(() => import("./board/TaskPage"), "TaskPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/inbox",
    validateSearch: readSearch("view", "kind", "question"),
    component: lazyRouteComponent(() => import("./inbox/InboxPage"), "InboxPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/approvals",
    validateSearch: readSearch("view", "state", "tool", "effect", "agent", "task", "run"),
    component: lazyRouteComponent(() => import("./approvals/ApprovalsPage"), "ApprovalsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/approvals/$id",
    validateSearch: readSearch("view", "state", "tool", "effect", "agent", "task", "run"),
    component: lazyRouteComponent(() => import("./approvals/ApprovalsPage"), "ApprovalsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/agents",
    validateSearch: readSearch("q", "status", "skill", "model", "archived", "view", "new", "team"),
    component: lazyRouteComponent(() => import("./agents/AgentsPage"), "AgentsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/agents/$name",
    validateSearch: readSearch("view", "show", "revision", "from", "edit", "state", "q", "by", "since", "new"),
    component: lazyRouteComponent(() => import("./agents/AgentPage"), "AgentPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs",
    validateSearch: readSearch("state", "fn", "since", "until", "q", "error", "dismissed", "test", "send"),
    component: lazyRouteComponent(() => import("./runs/RunsPage"), "RunsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs/$id",
    validateSearch: readSearch("step", "attempt", "tab", "scale", "show", "q"),
    component: lazyRouteComponent(() => import("./runs/RunPage"), "RunPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs/$id/compare/$other",
    validateSearch: readSearch("step"),
    component: lazyRouteComponent(() => import("./runs/ComparePage"), "ComparePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/events",
    validateSearch: readSearch("name", "since", "test", "send"),
    component: lazyRouteComponent(() => import("./events/EventsPage"), "EventsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/events/$id",
    validateSearch: readSearch("fn"),
    component: lazyRouteComponent(() => import("./events/EventPage"), "EventPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/functions",
    validateSearch: readSearch("q", "view", "builtin"),
    component: lazyRouteComponent(() => import("./functions/FunctionsPage"), "FunctionsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/functions/$id",
    validateSearch: readSearch("invoke"),
    component: lazyRouteComponent(() => import("./functions/FunctionPage"), "FunctionPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/costs",
    validateSearch: readSearch(
      "by",
      "since",
      "until",
      "agent",
      "fn",
      "model",
      "provider",
      "task",
      "run",
      "view",
      "price",
      "budget",
      "new",
    ),
    component: lazyRouteComponent(() => import("./costs/CostsPage"), "CostsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/skills",
    validateSearch: readSearch("q", "view", "new"),
    component: lazyRouteComponent(() => import("./skills/SkillsPage"), "SkillsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/skills/$name",
    validateSearch: readSearch("view", "file", "from", "to"),
    component: lazyRouteComponent(() => import("./skills/SkillPage"), "SkillPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tools",
    validateSearch: readSearch("view", "q", "tool", "server", "new"),
    component: lazyRouteComponent(() => import("./tools/ToolsPage"), "ToolsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/audit",
    validateSearch: readSearch("actor", "action", "target", "q", "since", "until", "entry", "view"),
    component: lazyRouteComponent(() => import("./audit/AuditPage"), "AuditPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings",
    beforeLoad: () => {
      throw redirect({ to: "/settings/$section", params: { section: "board" }, replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings/$section",
    validateSearch: readSearch("board", "new", "policy", "endpoint", "view"),
    component: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch,
  stringifySearch: writeSearch,
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: Crash,
  scrollRestoration: false,
});

/** Begin to fetch the page that the address names: it comes while the server says who is looking. */
export function fetchPage(): void {
  for (const match of router.matchRoutes(router.latestLocation)) {
    const route = router.routesById[match.routeId as keyof typeof router.routesById];
    if (route !== undefined) void router.loadRouteChunk(route);
  }
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
