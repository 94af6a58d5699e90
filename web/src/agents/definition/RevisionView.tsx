import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { SelectField } from "../../ui/Field";
import { Skeleton } from "../../ui/Skeleton";
import type { Agent } from "../agent_queries";
import { Changes } from "./Changes";
import tab from "./DefinitionTab.module.css";
import { DefinitionView } from "./DefinitionView";
import styles from "./RevisionView.module.css";
import { RollBack } from "./RollBack";
import { oneRevision } from "./revision_queries";

const route = getRouteApi("/agents/$name");

/** One revision: what it changed, since the one before or since any other, what it was as a whole, and the way back to it. */
export default function RevisionView({ agent, revision }: { agent: Agent; revision: number }) {
  const { from } = route.useSearch();
  const navigate = route.useNavigate();
  const [rollingBack, setRollingBack] = useState(false);
  const found = useQuery(oneRevision(agent.name, revision));
  const before = from !== undefined && /^[1-9]\d{0,8}$/.test(from) ? Number(from) : revision - 1;
  const others = Array.from({ length: agent.revision }, (_, index) => agent.revision - index).filter((one) => one !== revision);
  return (
    <section className={tab.now} aria-label={`Revision ${revision}`}>
      <div className={tab.head}>
        <h2>Revision {revision}</h2>
        {found.data !== undefined && (
          <span className="quiet">
            {found.data.made_by === null ? "" : `by ${found.data.made_by}, `}
            <Ago at={found.data.created_at} />
          </span>
        )}
        <span className={tab.gap} />
        <Link to="." search={{ view: "definition" }}>
          As it is now
        </Link>
        {revision !== agent.revision && may("agents:write") && agent.owned_by === null && (
          <Button icon={<RotateCcw size={14} />} onClick={() => setRollingBack(true)}>
            Go back to it
          </Button>
        )}
      </div>
      {others.length > 0 && (
        <section className={styles.changes} aria-labelledby="changes">
          <div className={styles.compared}>
            <h3 id="changes">What is different from</h3>
            <SelectField
              label="Compared with"
              labelHidden
              value={before === 0 ? "" : String(before)}
              onChange={(event) =>
                void navigate({ search: (held) => ({ ...held, from: event.target.value || undefined }), replace: true })
              }
            >
              {before === 0 && <option value="">choose a revision</option>}
              {others.map((one) => (
                <option key={one} value={one}>
                  revision {one}
                  {one === agent.revision ? ", now" : ""}
                </option>
              ))}
            </SelectField>
          </div>
          {before > 0 && <Changes agent={agent.name} from={before} to={revision} />}
        </section>
      )}
      <details className={styles.whole} open={before === 0 || undefined}>
        <summary>The whole of it</summary>
        {found.error !== null ? (
          <Failure reason={found.error} retry={() => void found.refetch()} />
        ) : found.data === undefined ? (
          <Skeleton lines={6} label={`Loading revision ${revision}`} />
        ) : (
          <DefinitionView definition={found.data.definition} />
        )}
      </details>
      {rollingBack && <RollBack agent={agent} revision={revision} onClose={() => setRollingBack(false)} />}
    </section>
  );
}
