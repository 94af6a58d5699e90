import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { may } from "../session";
import { Page } from "../ui/Page";
import { type Tab, Tabs } from "../ui/Tabs";
import { useWide } from "../ui/useWide";
import { Decided } from "./Decided";
import { Delegations } from "./Delegations";
import { Filters } from "./Filters";
import { Grants } from "./Grants";
import { BESIDE_PX } from "./Panes";
import { approvalCounts, type Effect, type Wish } from "./queries";
import { Waiting } from "./Waiting";

const EFFECTS: readonly string[] = ["read", "write", "money", "outside"];

/** The review queue: what agents and functions ask before they act. */
export function ApprovalsPage() {
  const { id } = useParams({ strict: false });
  const search = useSearch({ strict: false });
  const { data: counts } = useQuery({ ...approvalCounts, enabled: may("approvals:read") });
  const wish: Wish = {
    tool: search.tool,
    effect: EFFECTS.includes(search.effect ?? "") ? (search.effect as Effect) : undefined,
    agent: search.agent,
    task: search.task,
    run: search.run,
  };
  const tabs: Tab[] = [
    ...(may("approvals:decide") ? [{ name: "mine", label: "For you", count: counts?.mine }] : []),
    { name: "all", label: "All that wait", count: counts?.pending },
    { name: "today", label: "Decided today" },
    { name: "week", label: "Last 7 days" },
    { name: "grants", label: "Not asked again" },
    { name: "away", label: "While away" },
  ];
  const view = tabs.find((tab) => tab.name === search.view)?.name ?? tabs[0]?.name ?? "all";
  // Where only the card is shown, what is about the list waits for the list.
  const alone = !useWide(BESIDE_PX) && id !== undefined;
  const listed = view !== "grants" && view !== "away";
  const waiting = counts?.mine ?? 0;
  // Another question is another list: nothing of the one before is kept.
  const key = `${view} ${JSON.stringify(wish)}`;
  return (
    <Page
      title={waiting > 0 ? `(${waiting}) Approvals` : "Approvals"}
      heading="Approvals"
      aside={listed && !alone && <Filters wish={wish} />}
      wide
    >
      {!alone && <Tabs tabs={tabs} current={view} label="Approvals" to="/approvals" />}
      {(view === "mine" || view === "all") && <Waiting key={key} wish={wish} mine={view === "mine"} id={id} />}
      {(view === "today" || view === "week") && (
        <Decided key={key} wish={wish} today={view === "today"} state={search.state} id={id} />
      )}
      {view === "grants" && <Grants />}
      {view === "away" && <Delegations />}
    </Page>
  );
}
