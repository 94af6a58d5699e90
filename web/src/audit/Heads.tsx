import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { may } from "../session";
import { Ago, absolute } from "../ui/Ago";
import { Button } from "../ui/Button";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { CopyButton, Snippet } from "../ui/Snippet";
import { usePages } from "../ui/usePages";
import styles from "./Heads.module.css";
import { readHead } from "./head";
import { auditAnchors, auditKeys } from "./queries";

type Head = Schema<"HeadOut">;

/** What makes the log provable: its signed heads, the keys that signed them, and the places outside that keep them. */
export function Heads() {
  return (
    <div className={styles.parts}>
      <Keys />
      <Anchors />
      <SignedHeads />
    </div>
  );
}

function Keys() {
  const keys = useQuery(auditKeys);
  const [rotating, setRotating] = useState(false);
  return (
    <section className={styles.part} aria-labelledby="audit-keys">
      <div className={styles.bar}>
        <h2 id="audit-keys">Keys</h2>
        {may("deployment:control") && (keys.data?.length ?? 0) > 0 && (
          <Button size="small" onClick={() => setRotating(true)}>
            Change the key
          </Button>
        )}
      </div>
      {keys.error !== null && keys.data === undefined ? (
        <Failure reason={keys.error} retry={() => void keys.refetch()} />
      ) : keys.data === undefined ? (
        <Skeleton lines={2} label="Loading keys" />
      ) : keys.data.length === 0 ? (
        <p className="quiet">
          The first key is made at the first head, by a server that has <code>FLOWFORGE_SECRETS_KEY</code>.
        </p>
      ) : (
        <ul className={styles.keys}>
          {[...keys.data].reverse().map((key) => (
            <li key={key.id} className={styles.key}>
              <code className={styles.id}>{key.id}</code>
              <CopyButton text={key.public_key} label={`Copy the public key ${key.id}`} />
              <span className="quiet">
                signs{" "}
                {key.valid_until === null ? (
                  <>
                    since <Ago at={key.valid_from} />
                  </>
                ) : (
                  <>
                    no more: from {absolute(key.valid_from)} to {absolute(key.valid_until)}
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      {rotating && <RotateKey onClose={() => setRotating(false)} />}
    </section>
  );
}

function RotateKey({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => ask(api.POST("/v1/audit/keys")),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: auditKeys.queryKey });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title="Change the key that signs?"
      description="Heads are signed with a new key from now on, for every tenant. The key before it introduces it, and what that one signed stays verifiable."
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="ink" busy={rotate.isPending} onClick={() => rotate.mutate()}>
            Change the key
          </Button>
        </>
      }
    >
      {rotate.error !== null && <Failure reason={rotate.error} />}
    </Dialog>
  );
}

function Anchors() {
  const anchors = useQuery(auditAnchors);
  return (
    <section className={styles.part} aria-labelledby="audit-anchors">
      <h2 id="audit-anchors">Kept outside</h2>
      {anchors.error !== null && anchors.data === undefined ? (
        <Failure reason={anchors.error} retry={() => void anchors.refetch()} />
      ) : anchors.data === undefined ? (
        <Skeleton lines={1} label="Loading places" />
      ) : anchors.data.length === 0 ? (
        <>
          <p className="quiet">
            Heads are kept nowhere else yet. Whoever can change the database and has the key could make another log; heads in a
            place that they cannot reach would show it. Each place gets every head:
          </p>
          <Snippet text='FLOWFORGE_AUDIT_ANCHORS="file:/mnt/other/heads.jsonl https://audit.example.com/heads" flowforge serve' />
        </>
      ) : (
        <ul className={styles.keys}>
          {anchors.data.map((anchor) => (
            <li key={anchor.name} className={styles.anchor}>
              <strong className={styles.id}>{anchor.name}</strong>
              <span className="quiet number">
                has all heads up to {anchor.size.toLocaleString("en-US")} entries, <Ago at={anchor.updated_at} />
              </span>
              {anchor.error !== null && (
                <span className={styles.fault}>
                  ✗ tried {anchor.attempts} times: {anchor.error}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const COLUMNS: Column<Head>[] = [
  {
    name: "size",
    head: "Entries",
    width: "96px",
    main: true,
    cell: (head) => (
      <span className="number">
        {readHead(head).size.toLocaleString("en-US")}
        <OnCard> entries</OnCard>
      </span>
    ),
  },
  { name: "at", head: "Signed", width: "112px", cell: (head) => <Ago at={readHead(head).at} className="quiet" /> },
  {
    name: "root",
    head: "Root",
    width: "minmax(0, 2fr)",
    cell: (head) => <code title="SHA-256 over all entries">{String(JSON.parse(head.head).root)}</code>,
  },
  {
    name: "key",
    head: "Key",
    width: "minmax(0, 1fr)",
    wideOnly: true,
    cell: (head) => <code className="faint">{readHead(head).key}</code>,
  },
  {
    name: "copy",
    head: "Copy",
    headHidden: true,
    width: "32px",
    wideOnly: true,
    cell: (head) => (
      <CopyButton text={JSON.stringify({ type: "head", head: head.head, signature: head.signature })} label="Copy the head" />
    ),
  },
];

function SignedHeads() {
  const pages = usePages(["audit", "heads"], (cursor, signal) =>
    ask(api.GET("/v1/audit/heads", { params: { query: { limit: 50, cursor } }, signal })),
  );
  return (
    <section className={styles.part} aria-labelledby="audit-heads">
      <h2 id="audit-heads">Signed heads</h2>
      <p className="quiet">
        A head says: so many entries, this root, at this time. Two of them are enough to tell whether the log was changed in
        between.
      </p>
      <DataList
        label="Heads"
        columns={COLUMNS}
        rowKey={(head) => head.signature}
        empty={<Empty title="No head is signed yet">A server signs one each minute in which there are new entries.</Empty>}
        {...pages}
      />
    </section>
  );
}
