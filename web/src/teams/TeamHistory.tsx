import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChangeList } from "../agents/definition/Changes";
import { api, ask } from "../api/client";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { type Team, type TeamRevision, takeTeam, teamRevisions } from "./queries";
import styles from "./TeamHistory.module.css";
import { teamChanges, teamFieldName } from "./team_words";

/** Every revision of a team, the newest first: who made it, what it changed, and the way back to it. */
export function TeamHistory({ team }: { team: Team }) {
  const { data: revisions, error, refetch } = useQuery(teamRevisions(team.id, team.revision));
  return (
    <section className={styles.history} aria-labelledby="history">
      <h3 id="history">Revisions</h3>
      {revisions === undefined ? (
        error ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={2} label="Loading revisions" />
        )
      ) : (
        <ol className={styles.list}>
          {revisions.map((one, place) => (
            <li key={one.revision}>
              <One team={team} revision={one} before={revisions[place + 1]} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function One({ team, revision, before }: { team: Team; revision: TeamRevision; before: TeamRevision | undefined }) {
  const client = useQueryClient();
  const { revision: number, created_by, created_at, definition } = revision;
  const going = useMutation({
    mutationFn: () =>
      ask(api.POST("/v1/teams/{team}/rollback", { params: { path: { team: team.id } }, body: { revision: number } })),
    onSuccess: (fresh) => takeTeam(client, fresh),
    onError: tell(`${team.name} stays as it is`),
  });
  const line = (
    <>
      <span className={styles.number}>
        Revision {number}
        {number === team.revision && <span className="faint"> now</span>}
      </span>
      <span className="quiet">
        by {created_by}, <Ago at={created_at} />
      </span>
    </>
  );
  return (
    <div className={styles.one}>
      {before === undefined ? (
        <span className={styles.line}>{line}</span>
      ) : (
        <details className={styles.details}>
          <summary className={styles.line}>{line}</summary>
          <ChangeList changes={teamChanges(before.definition, definition)} nameOf={teamFieldName} />
        </details>
      )}
      {number !== team.revision && may("agents:write") && (
        <Button size="small" busy={going.isPending} onClick={() => going.mutate()}>
          Go back to it
        </Button>
      )}
    </div>
  );
}
