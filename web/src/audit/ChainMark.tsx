import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useShortcuts } from "../keys/shortcuts";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import styles from "./ChainMark.module.css";
import type { Grown } from "./chain";
import { chain, remember } from "./queries";
import { VerdictLine } from "./Verdict";

const COUNT = new Intl.NumberFormat("en-US");

/** The log's check mark: that it only grew since this browser first saw it. The browser computes that itself, of hashes and signatures. */
export function ChainMark() {
  const look = useQuery(chain);
  useShortcuts([{ keys: "Shift+V", label: "Verify the log again", group: "Audit", run: () => void look.refetch() }]);
  return (
    <section className={styles.mark} aria-label="Is the log what it was">
      <div className={styles.said} aria-live="polite">
        {look.error !== null ? (
          <Failure reason={look.error} retry={() => void look.refetch()} />
        ) : look.data === undefined ? (
          <Skeleton lines={1} width={320} label="Verifying the log" />
        ) : look.data.kind === "held" ? (
          <Held found={look.data.found} />
        ) : look.data.kind === "refused" ? (
          <VerdictLine tone="refused">
            <strong>The log does not hold.</strong> {look.data.why}
          </VerdictLine>
        ) : look.data.kind === "waiting" ? (
          <VerdictLine tone="open">
            No head is signed yet. A server with <code>FLOWFORGE_SECRETS_KEY</code> signs one within a minute of the first entry.
          </VerdictLine>
        ) : (
          <VerdictLine tone="open">
            Not checked here: a browser has no cryptography on a page that came over plain HTTP from another machine.{" "}
            <code>flowforge audit verify</code> checks an export.
          </VerdictLine>
        )}
      </div>
      <Button size="small" hotkey="Shift+V" busy={look.isFetching} onClick={() => void look.refetch()}>
        Verify
      </Button>
    </section>
  );
}

function Held({ found }: { found: Grown }) {
  const client = useQueryClient();
  const { newest, signed } = found;
  if (found.kind === "other")
    return (
      <>
        <VerdictLine tone="open">
          <strong>This is another log</strong> than the one of {COUNT.format(found.oldest.size)} entries that this browser saw
          here <Ago at={found.seen} />: it is signed with other keys. After a new installation at the same address that is as it
          should be; otherwise ask who runs it.
        </VerdictLine>
        <Button
          size="small"
          className={styles.act}
          onClick={() => {
            remember(found);
            void client.invalidateQueries({ queryKey: ["audit", "chain"] });
          }}
        >
          It is a new one: remember it
        </Button>
      </>
    );
  return (
    <VerdictLine tone="held">
      <strong className="number">{COUNT.format(newest.size)}</strong> {newest.size === 1 ? "entry" : "entries"} under a head that
      was signed <Ago at={newest.at} />.{" "}
      {found.kind === "new" ? (
        <>This browser sees this log for the first time, and remembers its head.</>
      ) : found.oldest.size === newest.size ? (
        <>
          Nothing was added or changed since this browser first saw it, <Ago at={found.seen} />.
        </>
      ) : (
        <>
          None of the first {COUNT.format(found.oldest.size)} was changed since this browser saw them <Ago at={found.seen} />: it
          computed that itself.
        </>
      )}
      {!signed && <span className="quiet"> The signature was not checked: this browser does not know Ed25519.</span>}
    </VerdictLine>
  );
}
