import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ask } from "../api/client";
import { functionList } from "../functions/queries";
import { useLiveState } from "../live/state";
import { may, session } from "../session";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import styles from "./AboutSection.module.css";
import { Part } from "./Part";
import { Table } from "./Table";
import { useUnkept } from "./useUnkept";

const queue = queryOptions({ queryKey: ["queue"], queryFn: ({ signal }) => ask(api.GET("/v1/queue", { signal })) });
/** Whether it takes writes. 503 is an answer too: the database is away. */
const ready = queryOptions({
  queryKey: ["ready"],
  queryFn: ({ signal }) => fetch("/readyz", { signal }).then((answer) => answer.ok),
  retry: false,
});

/** What this is, what runs, and where more about it stands. */
export default function AboutSection() {
  const { me } = session();
  const { connection } = useLiveState();
  useUnkept(ready.queryKey);
  useUnkept(queue.queryKey);
  const functions = useQuery({ ...functionList, enabled: may("functions:read") });
  const database = useQuery(ready);
  const own = functions.data?.filter((one) => !one.builtin) ?? [];
  const version = functions.data?.find((one) => one.id === "flowforge.agent")?.version?.split(",")[0];
  return (
    <>
      <Part
        title="About"
        about="FlowForge: teams of AI agents on a durable engine. Your server, your database; nothing is sent anywhere else."
      >
        <dl className={styles.facts}>
          <Fact name="Version">{functions.isPending ? <Skeleton width={120} /> : (version ?? "no worker has told one yet")}</Fact>
          <Fact name="Licence">
            MIT · <a href="/licences.txt">licences of what is in it</a>
          </Fact>
          <Fact name="Database">
            {database.isPending ? (
              <Skeleton width={80} />
            ) : database.data ? (
              "✓ takes writes"
            ) : (
              "✗ cannot be reached or takes no writes"
            )}
          </Fact>
          <Fact name="Live updates">{connection.kind === "live" ? "✓ connected" : connection.kind.replace("-", " ")}</Fact>
          {functions.data !== undefined && (
            <Fact name="Functions">
              <Link to="/functions">
                {own.length} of yours, {own.filter((one) => one.live).length} with a live worker
              </Link>
            </Fact>
          )}
          <Fact name="You">
            {me.name}, {me.role ?? me.kind} in {me.tenant}, with {me.permissions.length} permissions
          </Fact>
          <Fact name="The API">
            <a href="/docs">Every route, with examples</a> · <a href="/openapi.json">the document itself</a>
          </Fact>
        </dl>
      </Part>
      {may("queue:read") && <Queue />}
    </>
  );
}

function Queue() {
  const { data, error, refetch } = useQuery(queue);
  return (
    <Part title="What is open now" about="Runs that have not ended, by function. To pause one, go to its function.">
      {data !== undefined ? (
        <Table
          label="What is open now"
          rows={data.data}
          rowKey={(one) => one.function}
          columns={[
            {
              head: "Function",
              cell: (one) => (
                <>
                  <Link to="/functions/$id" params={{ id: one.function }}>
                    {one.function}
                  </Link>
                  {one.is_paused && " ‖ paused"}
                  {!one.live && <span className="faint"> · no live worker</span>}
                </>
              ),
            },
            { head: "Ready", cell: (one) => one.ready, align: "end" },
            { head: "Running", cell: (one) => one.running, align: "end" },
            { head: "Waiting", cell: (one) => one.waiting + one.sleeping, align: "end" },
            { head: "At gates", cell: (one) => one.at_gates + one.gathering, align: "end", wideOnly: true },
            { head: "Paused", cell: (one) => one.paused, align: "end", wideOnly: true },
          ]}
          empty={<p className="faint">Nothing: every run has ended.</p>}
        />
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={3} label="Loading the queue" />
      )}
    </Part>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt className="faint">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
