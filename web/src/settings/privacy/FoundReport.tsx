import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { Button } from "../../ui/Button";
import { CheckField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { Wrong } from "../../ui/Wrong";
import { Panel, Part } from "../Part";
import { Table } from "../Table";
import styles from "./PrivacySection.module.css";
import { ERASURES, type Erasure, type Found, isMoving } from "./queries";
import { counted, inWords } from "./words";

const SAMPLES_SHOWN = 4;

/** What a look has found, and what has become of it. */
export function FoundReport({ of: act, onClose }: { of: Erasure; onClose: () => void }) {
  const [erasing, setErasing] = useState(false);
  const drop = useAct(
    () => ask(api.DELETE("/v1/erasures/{erasure_id}", { params: { path: { erasure_id: act.id } } })).then(() => true),
    [...ERASURES, "list"],
  );
  const found = act.found as unknown as Found[];
  const remaining = act.remaining as unknown as Found[];
  const erased = Object.entries(act.erased);
  return (
    <Part title={headline(act, found)} about={about(act)}>
      <div role="status" className="visually-hidden">
        {headline(act, found)}
      </div>
      {erased.length > 0 && <p>Erased: {erased.map(([kind, count]) => counted({ kind, count })).join(", ")}.</p>}
      {(act.state === "found" || remaining.length > 0) && (
        <Table
          label="What was found"
          rows={act.state === "found" ? found : remaining}
          rowKey={(one) => `${one.kind} ${one.stays}`}
          columns={[
            { head: "What", cell: counted },
            { head: "Becomes", cell: (one) => <Becomes of={one} ended={act.state === "ended"} /> },
            { head: "For example", cell: (one) => <Samples of={one} />, wideOnly: true },
          ]}
          empty={<p className="faint">Nothing is held that fits.</p>}
        />
      )}
      {act.state === "found" && (
        <Panel>
          <Wrong problem={drop.problem} />
          <div className={styles.acts}>
            <span className={styles.gap} />
            <Button busy={drop.busy} onClick={async () => (await drop.run(undefined)) && onClose()}>
              Leave it all
            </Button>
            <Button look="danger" disabled={found.length === 0} onClick={() => setErasing(true)}>
              Erase…
            </Button>
          </div>
        </Panel>
      )}
      {!isMoving(act.state) && act.state !== "found" && (
        <div>
          <Button onClick={onClose}>Put away</Button>
        </div>
      )}
      {erasing && (
        <Confirm of={act} open={found.reduce((sum, one) => sum + (one.open ?? 0), 0)} onClose={() => setErasing(false)} />
      )}
    </Part>
  );
}

function Becomes({ of: one, ended }: { of: Found; ended: boolean }) {
  if (one.stays) return <>stays: {one.stays}</>;
  if (ended) return <>is still there</>;
  return (
    <>
      goes
      {(one.open ?? 0) > 0 && `, but for ${one.open} that still go on`}
    </>
  );
}

function Samples({ of: { kind, sample = [] } }: { of: Found }) {
  return (
    <span className="mono" style={{ display: "inline-flex", flexWrap: "wrap", gap: "2px 10px" }}>
      {sample.slice(0, SAMPLES_SHOWN).map((id) =>
        kind === "run" || kind === "event" ? (
          <Link key={id} to={kind === "run" ? "/runs/$id" : "/events/$id"} params={{ id }} title={id}>
            {id.slice(-8, -4)}_{id.slice(-4)}
          </Link>
        ) : (
          <span key={id} title={id}>
            {id.slice(-8)}
          </span>
        ),
      )}
      {sample.length > SAMPLES_SHOWN && <span className="faint">…</span>}
    </span>
  );
}

function Confirm({ of: act, open, onClose }: { of: Erasure; open: number; onClose: () => void }) {
  const [force, setForce] = useState(false);
  const erase = useAct(
    () => ask(api.POST("/v1/erasures/{erasure_id}/confirmation", { params: { path: { erasure_id: act.id } }, body: { force } })),
    ERASURES,
  );
  return (
    <FormDialog
      title="Erase what was found"
      description="Runs and events go whole; elsewhere the text becomes [erased]. It cannot be taken back. Backups and what was sent elsewhere are not reached."
      submit="Erase for good"
      danger
      busy={erase.busy}
      problem={erase.problem}
      onClose={onClose}
      onSubmit={async () => (await erase.run(undefined)) && onClose()}
    >
      {open > 0 && (
        <CheckField
          label={
            open === 1
              ? "End the run that still goes on, and erase it too"
              : `End the ${open} runs that still go on, and erase them too`
          }
          hint="At once, without their clean-up. Otherwise they stay, and are told."
          checked={force}
          onChange={(event) => setForce(event.target.checked)}
        />
      )}
    </FormDialog>
  );
}

function headline(act: Erasure, found: Found[]): string {
  if (act.state === "found") return found.length === 0 ? "Nothing is held" : "This is held";
  const words = inWords(act);
  return words.replace("✓ ", "").replace(/^./, (first) => first.toUpperCase());
}

function about(act: Erasure): string {
  if (act.state === "found") return "Nothing was changed yet. It waits a day for somebody to say so.";
  if (isMoving(act.state)) return "It goes on in the background; you may leave this page.";
  return act.remaining.length === 0 ? "The look after it found nothing any more." : "The look after it still found this.";
}
