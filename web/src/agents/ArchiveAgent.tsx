import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { type Agent, takeAgent } from "./agent_queries";
import styles from "./Choices.module.css";
import { agentList } from "./queries";

type Fate = "keep" | "reassign" | "cancel";

/** Send an agent into retirement. What becomes of the work that it has in hand is said with it. */
export default function ArchiveAgent({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const { data: agents } = useQuery(agentList);
  const [fate, setFate] = useState<Fate>("keep");
  const [heir, setHeir] = useState<string | null>(null);
  const archiving = useMutation({
    mutationFn: () => {
      const body = { reassign_to: fate === "reassign" ? heir : null, cancel: fate === "cancel" };
      return ask(api.POST("/v1/agents/{agent}/archive", { params: { path: { agent: agent.name } }, body }));
    },
    onSuccess: (fresh) => {
      takeAgent(client, fresh);
      void client.invalidateQueries({ queryKey: ["agent", agent.name] });
      onClose();
    },
  });
  const heirs = (agents ?? [])
    .filter((one) => one.name !== agent.name && one.archived_at === null)
    .map((one) => ({
      value: one.name,
      label: one.name,
      hint: one.model,
      icon: <Avatar name={one.name} kind="agent" size={18} />,
    }));
  const busy = archiving.error instanceof Problem && archiving.error.status === 409;
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Archive ${agent.name}`}
      description="It takes no more work and keeps its past. It can be taken back."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={fate === "cancel" ? "danger" : "ink"}
            busy={archiving.isPending}
            disabled={fate === "reassign" && heir === null}
            onClick={() => archiving.mutate()}
          >
            Archive
          </Button>
        </>
      }
    >
      <fieldset className={styles.choices}>
        <legend className={styles.legend}>Work that it has in hand</legend>
        <Choice fate="keep" chosen={fate} onChoose={setFate} label="There is none" hint="With work in hand it is not archived." />
        <Choice fate="reassign" chosen={fate} onChoose={setFate} label="Goes to another agent" hint="Which begins it anew." />
        {fate === "reassign" && (
          <div className={styles.more}>
            <Picker label="Agent" options={heirs} value={heir} onChange={setHeir} placeholder="Choose an agent" />
          </div>
        )}
        <Choice
          fate="cancel"
          chosen={fate}
          onChoose={setFate}
          label="Is cancelled"
          hint="Its runs end, and its cards belong to nobody."
        />
      </fieldset>
      {archiving.error !== null && <Failure reason={archiving.error} />}
      {busy && fate === "keep" && <p className="quiet">Say above what becomes of it.</p>}
    </Dialog>
  );
}

function Choice({
  fate,
  chosen,
  onChoose,
  label,
  hint,
}: {
  fate: Fate;
  chosen: Fate;
  onChoose: (fate: Fate) => void;
  label: string;
  hint: string;
}) {
  return (
    <label className={styles.choice}>
      <input type="radio" name="fate" checked={fate === chosen} onChange={() => onChoose(fate)} />
      <span>
        {label}
        <span className={styles.hint}>{hint}</span>
      </span>
    </label>
  );
}
