import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may, session } from "../../session";
import { Button } from "../../ui/Button";
import { Chooser } from "../../ui/Chooser";
import { Empty } from "../../ui/Empty";
import { Snippet } from "../../ui/Snippet";
import { tell } from "../../ui/tell";
import { takeAgent } from "../agent_queries";
import { definitionSnippets } from "../definition/snippets";
import styles from "./NoAgents.module.css";

const SAMPLE = {
  name: "atlas",
  model: "claude-sonnet-4.5",
  description: "A sample agent.",
  instructions: "Do what the card asks for, and say in one sentence what came of it.",
};

/** Nobody works here yet: what an agent is, how one is made by hand, and one to try. */
export function NoAgents({
  archived,
  onRegister,
  onShowArchived,
}: {
  archived: number;
  onRegister: () => void;
  onShowArchived: () => void;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const snippets = definitionSnippets(SAMPLE, location.origin, session().me.csrf_token !== null);
  const [shown, setShown] = useState(snippets[0]?.name);
  const making = useMutation({
    mutationFn: () => ask(api.POST("/v1/agents", { body: SAMPLE })),
    onSuccess: (agent) => {
      takeAgent(client, agent);
      void navigate({ to: "/agents/$name", params: { name: agent.name } });
    },
    onError: tell("The sample agent was not made"),
  });
  if (archived > 0)
    return (
      <Empty title="All agents are archived" action={<Button onClick={onShowArchived}>Show them</Button>}>
        They take no work and keep their past.
      </Empty>
    );
  return (
    <Empty
      title="No agent yet"
      action={
        <div className={styles.more}>
          <Chooser
            label="How to register it by hand"
            options={snippets.map((one) => ({ value: one.name, label: one.label }))}
            current={shown}
            onChoose={setShown}
          />
          <Snippet text={snippets.find((one) => one.name === shown)?.text ?? ""} />
          {may("agents:write") && (
            <div className={styles.acts}>
              <Button look="ink" onClick={onRegister}>
                Register an agent
              </Button>
              <Button busy={making.isPending} onClick={() => making.mutate()}>
                Register a sample agent
              </Button>
            </div>
          )}
        </div>
      }
    >
      An agent is a name with a model, instructions, skills and tools. Give it a card on the board and it works on it, step by
      step, where everybody can watch.
    </Empty>
  );
}
