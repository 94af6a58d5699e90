import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { agentList } from "../agents/queries";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { Money } from "../ui/Money";
import { StateMark } from "../ui/StateMark";
import { type Team, teamList } from "./queries";
import { TeamForm } from "./TeamForm";
import styles from "./TeamsView.module.css";
import { TeamView } from "./TeamView";
import { agentsOf, spentToday } from "./team_words";

const route = getRouteApi("/agents");

type Row = Team & { spent: string | null | undefined };

const COLUMNS: readonly Column<Row>[] = [
  {
    name: "name",
    head: "Team",
    width: "minmax(140px, 4fr)",
    main: true,
    cell: (team) => (
      <span className={styles.name}>
        <span className={`truncate ${styles.own}`} title={team.name}>
          {team.name}
        </span>
        {team.description !== "" && (
          <span className={`truncate ${styles.what}`} title={team.description} dir="auto">
            {team.description}
          </span>
        )}
      </span>
    ),
  },
  { name: "status", head: "Now", width: "110px", cell: (team) => <StateMark state={team.status} /> },
  {
    name: "lead",
    head: "Lead",
    width: "minmax(100px, 2fr)",
    cell: (team) => (
      <span className={styles.who}>
        <OnCard>lead</OnCard>
        <Who name={team.lead} />
      </span>
    ),
  },
  {
    name: "members",
    head: "Members",
    width: "minmax(120px, 4fr)",
    cell: (team) => (
      <span className="quiet" title={team.members.join("\n")}>
        {team.members.join(", ")}
      </span>
    ),
  },
  {
    name: "spent",
    head: "Spent today",
    width: "100px",
    align: "end",
    cell: (team) =>
      team.spent === undefined ? null : (
        <>
          <Money amount={team.spent} />
          <OnCard> today</OnCard>
        </>
      ),
  },
];

/** Teams of agents: a lead, and those to whom it may give work. */
export default function TeamsView() {
  const { team: opened, new: making } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: teams, error, refetch } = useQuery(teamList);
  const { data: agents } = useQuery(agentList);
  const mayWrite = may("agents:write");
  const make = () => void navigate({ search: { view: "teams", new: "1" } });
  const close = () => void navigate({ search: { view: "teams" } });
  const shown = opened === undefined ? undefined : teams?.find((one) => one.name === opened);
  const rows = teams?.map((team) => ({
    ...team,
    spent: agents === undefined || !may("usage:read") ? undefined : spentToday(agentsOf(team, agents)),
  }));
  return (
    <>
      {opened !== undefined && teams !== undefined ? (
        shown === undefined ? (
          <Empty title={`There is no team ${opened}`} action={<Button onClick={close}>All teams</Button>} />
        ) : (
          <TeamView key={shown.id} team={shown} agents={agents} />
        )
      ) : (
        <DataList
          label="Teams"
          columns={COLUMNS}
          rows={rows}
          rowKey={(team) => team.id}
          rowLink={(team) => ({ to: "/agents", search: { view: "teams", team: team.name } })}
          failure={teams === undefined ? error : null}
          retry={() => void refetch()}
          hasMore={false}
          loadingMore={false}
          more={() => {}}
          empty={
            <Empty
              title="No team yet"
              command="flowforge teams add support --lead atlas --member maya"
              action={
                mayWrite && (
                  <Button look="ink" onClick={make}>
                    Make a team
                  </Button>
                )
              }
            >
              A team is a lead and members. A card that is given to the team is its lead's, who knows the others and may give
              parts of it to them.
            </Empty>
          }
        />
      )}
      {mayWrite && making !== undefined && <TeamForm onClose={close} />}
    </>
  );
}

function Who({ name }: { name: string }) {
  return (
    <span className={styles.who}>
      <Avatar name={name} kind="agent" size={18} />
      <span className="truncate" title={name}>
        {name}
      </span>
    </span>
  );
}
