import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronRight, Plus } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Danger } from "../../ui/Danger";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { Table } from "../Table";
import { useUnkept } from "../useUnkept";
import { fetchSecrets, SECRETS, type Secret, usedBy } from "./queries";
import styles from "./SecretsSection.module.css";
import { SetSecret } from "./SetSecret";

/** Names and versions of what is kept sealed. No value is ever shown: nothing gives one back. */
export default function SecretsSection() {
  const search = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const [next, setNext] = useState<Secret | null>(null);
  const [deleting, setDeleting] = useState<Secret | null>(null);
  useUnkept(SECRETS);
  const pages = usePages(SECRETS, fetchSecrets);
  const write = may("secrets:write");
  const setNew = (open: boolean) => void navigate({ to: ".", search: { new: open ? "1" : undefined }, replace: true });
  const make = (
    <Button look="ink" icon={<Plus size={14} />} onClick={() => setNew(true)}>
      Set a secret
    </Button>
  );

  return (
    <Part
      title="Secrets"
      about="Passwords and tokens for functions, tools and models. A value is set once and used in workers; nothing ever shows it again."
      aside={write && make}
    >
      {pages.rows === undefined ? (
        pages.failure ? (
          <Failure reason={pages.failure} retry={pages.retry} />
        ) : (
          <Skeleton lines={5} label="Loading secrets" />
        )
      ) : pages.rows.length === 0 ? (
        <Empty title="No secrets yet" command="flowforge secrets set stripe" action={write && make}>
          Code reads one by <code>await flowforge.secret("stripe")</code>. One named <code>provider.openai</code> is this tenant's
          own key for that provider of models.
        </Empty>
      ) : (
        <ul className={styles.list}>
          {pages.rows.map((secret) => (
            <li key={secret.id}>
              <One of={secret} write={write} onNext={() => setNext(secret)} onDelete={() => setDeleting(secret)} />
            </li>
          ))}
        </ul>
      )}
      {pages.hasMore && (
        <div>
          <Button busy={pages.loadingMore} onClick={pages.more}>
            Show more
          </Button>
        </div>
      )}
      {search.new !== undefined && write && <SetSecret onClose={() => setNew(false)} />}
      {next !== null && <SetSecret of={next} onClose={() => setNext(null)} />}
      {deleting !== null && <Delete of={deleting} onClose={() => setDeleting(null)} />}
    </Part>
  );
}

type OneProps = { of: Secret; write: boolean; onNext: () => void; onDelete: () => void };

function One({ of: secret, write, onNext, onDelete }: OneProps) {
  const [retiring, setRetiring] = useState<number | null>(null);
  const used = secret.versions
    .map((one) => one.last_used_at)
    .reduce((left, right) => ((right ?? "") > (left ?? "") ? right : left), null);
  return (
    <details className={styles.secret}>
      <summary className={styles.summary}>
        <ChevronRight size={14} className={styles.sign} aria-hidden="true" />
        <span className={`${styles.name} mono`}>{secret.name}</span>
        <Chip>{usedBy(secret)}</Chip>
        <span className={`${styles.facts} faint number`}>
          {secret.current === null ? "no value in use" : `version ${secret.current}`}
          {" · "}
          {used === null ? (
            "never used"
          ) : (
            <>
              used <Ago at={used} />
            </>
          )}
        </span>
      </summary>
      <div className={styles.inside}>
        <Table
          label={`Versions of ${secret.name}`}
          rows={secret.versions.toSorted((left, right) => right.version - left.version)}
          rowKey={(one) => String(one.version)}
          isFaint={(one) => one.retired_at !== null}
          columns={[
            { head: "Version", cell: (one) => (one.version === secret.current ? `${one.version} · in use` : one.version) },
            { head: "Set by", cell: (one) => one.created_by },
            { head: "Set", cell: (one) => <Ago at={one.created_at} />, align: "end" },
            {
              head: "Used",
              cell: (one) => (one.last_used_at ? <Ago at={one.last_used_at} /> : <span className="faint">never</span>),
              align: "end",
            },
          ]}
          acts={
            write
              ? (one) =>
                  one.retired_at === null ? (
                    <Button
                      size="small"
                      look="bare"
                      onClick={() => setRetiring(one.version)}
                      aria-label={`Retire version ${one.version}`}
                    >
                      Retire
                    </Button>
                  ) : (
                    <span>retired</span>
                  )
              : undefined
          }
          empty={null}
        />
        {write && (
          <div className={styles.acts}>
            <Button size="small" onClick={onNext}>
              Set a new value
            </Button>
            <Button size="small" look="danger" onClick={onDelete}>
              Delete
            </Button>
          </div>
        )}
      </div>
      {retiring !== null && <Retire of={secret} version={retiring} onClose={() => setRetiring(null)} />}
    </details>
  );
}

function Retire({ of: secret, version, onClose }: { of: Secret; version: number; onClose: () => void }) {
  const retire = useAct(
    () =>
      ask(
        api.POST("/v1/secrets/{secret}/versions/{version}/retirement", {
          params: { path: { secret: secret.id, version } },
        }),
      ),
    SECRETS,
  );
  const before = secret.versions.filter((one) => one.retired_at === null && one.version < version).length;
  return (
    <Danger
      title={`Retire version ${version} of ${secret.name}`}
      submit="Retire"
      busy={retire.busy}
      problem={retire.problem}
      onClose={onClose}
      onSubmit={async () => (await retire.run(undefined)) && onClose()}
    >
      Its value is gone for good.{" "}
      {version !== secret.current
        ? "Another version is in use, so nothing changes for code that runs."
        : before > 0
          ? "The version before it is used again from then on."
          : "No value is left: code that asks for it fails until one is set."}
    </Danger>
  );
}

function Delete({ of: secret, onClose }: { of: Secret; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/secrets/{secret}", { params: { path: { secret: secret.id } } })).then(() => true),
    SECRETS,
  );
  return (
    <Danger
      title={`Delete ${secret.name}`}
      submit="Delete"
      confirm={secret.name}
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      All {secret.versions.length} versions go, and with them when they were used. Code that asks for it fails from then on. What
      the audit log says of it stays.
    </Danger>
  );
}
