import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Button } from "../ui/Button";
import { tell } from "../ui/tell";

type Tool = Schema<"ToolOut">;

/** Gives an agent a task that makes it ask, so that somebody sees what asking looks like. */
export function SampleButton({ tools }: { tools: readonly Tool[] }) {
  const [state, setState] = useState<"idle" | "busy" | "made">("idle");
  const tool = tools.find((one) => one.used_by.length > 0);
  const agent = tool?.used_by[0];
  if (tool === undefined || agent === undefined) return null;
  const make = async () => {
    setState("busy");
    try {
      await ask(
        api.POST("/v1/tasks", {
          body: {
            title: `Try out ${tool.name}`,
            description: `A try of approvals: call \`${tool.name}\` once with values that you make up, so that a person is asked.`,
            assignee: { agent },
          },
        }),
      );
      setState("made");
    } catch (reason) {
      setState("idle");
      tell("The sample was not made")(reason);
    }
  };
  return state === "made" ? (
    <p role="status" className="quiet">
      {agent} has the task. What it asks comes in here.
    </p>
  ) : (
    <Button busy={state === "busy"} onClick={() => void make()}>
      Let {agent} ask for {tool.name}
    </Button>
  );
}
