import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { CheckField, TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { importSkill, type SharedSkill, sharedSkills, skillsChanged, unshareSkill } from "./queries";
import styles from "./SharedList.module.css";

/** What this tenant shares with others, and what others share with it. */
export function SharedList() {
  const { data: shared, error, refetch } = useQuery({ ...sharedSkills, refetchOnMount: "always" });
  const [taking, setTaking] = useState<SharedSkill | null>(null);
  if (error !== null && shared === undefined) return <Failure reason={error} retry={() => void refetch()} />;
  if (shared === undefined) return <Skeleton lines={4} label="Loading shared skills" />;
  if (shared.length === 0)
    return (
      <Empty title="Nothing is shared" command="flowforge skills share refunds --everybody">
        A skill can be shared with other tenants of this deployment. They take over a copy; taking the share back takes nothing
        from them.
      </Empty>
    );
  const own = shared.filter((one) => one.own);
  const others = shared.filter((one) => !one.own);
  return (
    <div className={styles.parts}>
      {others.length > 0 && (
        <section className={styles.part}>
          <h2>From others</h2>
          <ul className={styles.list}>
            {others.map((one) => (
              <li key={one.id} className={styles.row}>
                <span className={styles.what}>
                  <strong>{one.name}</strong> <span className="faint">v{one.number}</span>
                  <span className="quiet">{one.description}</span>
                  <span className="faint">
                    from {one.owner}, <Ago at={one.created_at} />
                  </span>
                </span>
                {may("skills:write") && (
                  <Button size="small" aria-label={`Take over ${one.name}`} onClick={() => setTaking(one)}>
                    Take over
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {own.length > 0 && (
        <section className={styles.part}>
          <h2>By you</h2>
          <ul className={styles.list}>
            {own.map((one) => (
              <li key={one.id} className={styles.row}>
                <span className={styles.what}>
                  <Link to="/skills/$name" params={{ name: `${one.name}@${one.number}` }}>
                    {one.name}
                  </Link>{" "}
                  <span className="faint">v{one.number}</span>
                  <span className="quiet">
                    {one.with === null ? "with every tenant of this deployment" : <code>{one.with}</code>}
                  </span>
                  <span className="faint">
                    by {one.shared_by}, <Ago at={one.created_at} />
                  </span>
                </span>
                {may("skills:share") && <StopSharing share={one} />}
              </li>
            ))}
          </ul>
        </section>
      )}
      {taking !== null && <TakeOver share={taking} onClose={() => setTaking(null)} />}
    </div>
  );
}

/** Taking a share back, which takes nothing from who has a copy. */
export function StopSharing({ share }: { share: SharedSkill }) {
  const client = useQueryClient();
  const stopping = useMutation({
    mutationFn: () => unshareSkill(share.id),
    onSuccess: () => skillsChanged(client),
    onError: tell(`${share.name} is still shared`),
  });
  return (
    <Button size="small" busy={stopping.isPending} aria-label={`Stop sharing ${share.name}`} onClick={() => stopping.mutate()}>
      Stop sharing
    </Button>
  );
}

function TakeOver({ share, onClose }: { share: SharedSkill; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [vouched, setVouched] = useState(false);
  const [label, setLabel] = useState("");
  const taking = useMutation({
    mutationFn: () => importSkill({ shared: share.id, vouched, ...(label ? { label } : {}) }),
    onSuccess: async (version) => {
      await skillsChanged(client);
      void navigate({ to: "/skills/$name", params: { name: version.name } });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Take ${share.name} over`}
      description={`A copy of version ${share.number} of ${share.owner} becomes a version of yours. Later versions of theirs do not follow by themselves.`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" busy={taking.isPending} onClick={() => taking.mutate()}>
            Take over
          </Button>
        </>
      }
    >
      <TextField
        label="Label (optional)"
        placeholder="stable"
        maxLength={32}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <CheckField
        label="I have read it and answer for its text"
        hint="Without that, agents take it as written by a stranger."
        checked={vouched}
        onChange={(event) => setVouched(event.target.checked)}
      />
      {taking.error !== null && <Failure reason={taking.error} />}
    </Dialog>
  );
}
