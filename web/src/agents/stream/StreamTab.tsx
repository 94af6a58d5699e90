import { getRouteApi, Link } from "@tanstack/react-router";
import { useRef } from "react";
import { SHOWS, type Show } from "../../live/lines";
import { Quotes } from "../../live/quotes";
import { TranscriptView } from "../../live/TranscriptView";
import { may } from "../../session";
import { Empty } from "../../ui/Empty";
import type { Agent } from "../agent_queries";
import { Earlier } from "./Earlier";
import { Needs } from "./Needs";
import { Steering } from "./Steering";
import styles from "./StreamTab.module.css";
import { useAgentStream } from "./useAgentStream";
import { useQuotes } from "./useQuotes";
import { WorkAside } from "./WorkAside";

const route = getRouteApi("/agents/$name");

/** The agent at work: what it says and does, a line to speak to it, and beside it its plan, its budget and what waits. */
export function StreamTab({ agent }: { agent: Agent }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const box = useRef<HTMLTextAreaElement>(null);
  const { live, history, figures } = useAgentStream(agent);
  const quotes = useQuotes(live.transcript.entries);
  const nothing = history.isAll && live.transcript.entries.length === 0;
  const show: Show = SHOWS.find((one) => one === search.show) ?? "all";
  return (
    <div className={styles.room}>
      <Needs agent={agent} />
      <div className={styles.main}>
        <div className={styles.transcript}>
          <Quotes value={quotes}>
            <TranscriptView
              live={live}
              show={show}
              onShow={(next) =>
                void navigate({ search: (held) => ({ ...held, show: next === "all" ? undefined : next }), replace: true })
              }
              label={`What ${agent.name} does`}
              separateRuns
              before={nothing ? undefined : <Earlier agent={agent} history={history} />}
              empty={<NothingYet agent={agent} />}
            />
          </Quotes>
        </div>
        <Steering agent={agent} box={box} />
      </div>
      <WorkAside agent={agent} entries={live.transcript.entries} figures={figures} history={history} />
    </div>
  );
}

function NothingYet({ agent }: { agent: Agent }) {
  return (
    <Empty
      title={`${agent.name} has not worked yet`}
      command={`flowforge agents run ${agent.name} "What can you do?"`}
      action={
        may("tasks:write") &&
        agent.archived_at === null && (
          <Link to="." search={{ new: "1" }}>
            Assign it a task
          </Link>
        )
      }
    >
      What it thinks, says and does stands here as it happens, with its plan and what it spends beside it.
    </Empty>
  );
}
