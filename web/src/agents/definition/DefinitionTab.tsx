import { getRouteApi } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { Suspense } from "react";
import { ByHand } from "../../events/ByHand";
import { useShortcuts } from "../../keys/shortcuts";
import { may, session } from "../../session";
import { lazyPart } from "../../shell/part";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import type { Agent } from "../agent_queries";
import styles from "./DefinitionTab.module.css";
import { DefinitionView } from "./DefinitionView";
import { definitionOf, plainOf } from "./plain";
import { Revisions } from "./Revisions";
import { definitionSnippets } from "./snippets";

const EditDefinition = lazyPart(() => import("./EditDefinition"));
const RevisionView = lazyPart(() => import("./RevisionView"));

const route = getRouteApi("/agents/$name");

/** What the agent is: its model, its words, what it may use, and how that changed. */
export default function DefinitionTab({ agent }: { agent: Agent }) {
  const { edit, revision } = route.useSearch();
  const navigate = route.useNavigate();
  const shown = numberIn(revision);
  const mayEdit = may("agents:write") && agent.owned_by === null;
  const begin = () => void navigate({ search: { view: "definition", edit: "1" } });
  useShortcuts(mayEdit && edit === undefined ? [{ keys: "e", label: "Edit the definition", group: "Agent", run: begin }] : []);
  if (edit !== undefined && mayEdit)
    return (
      <Suspense fallback={<Skeleton lines={8} label="Loading the form" />}>
        <EditDefinition agent={agent} />
      </Suspense>
    );
  return (
    <div className={styles.tab}>
      <div className={styles.main}>
        {shown !== null ? (
          <Suspense fallback={<Skeleton lines={8} label="Loading the revision" />}>
            <RevisionView agent={agent} revision={shown} />
          </Suspense>
        ) : (
          <section className={styles.now} aria-label="As it is now">
            <div className={styles.head}>
              <h2>As it is now</h2>
              <span className="quiet number">revision {agent.revision}</span>
              <span className={styles.gap} />
              {mayEdit && (
                <Button icon={<Pencil size={14} />} hotkey="e" onClick={begin}>
                  Edit
                </Button>
              )}
            </div>
            {agent.owned_by !== null && (
              <p className={styles.code}>
                Defined in the code of <span className="mono">{agent.owned_by}</span>. It is changed there and comes with the next
                start of its worker; here it can be paused, resumed and archived.
              </p>
            )}
            <DefinitionView definition={definitionOf(agent)} />
            <ByHand
              snippets={definitionSnippets(plainOf(definitionOf(agent)), location.origin, session().me.csrf_token !== null)}
            />
          </section>
        )}
      </div>
      <Revisions agent={agent} shown={shown} />
    </div>
  );
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}
