import { useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { may } from "../session";
import { Button } from "../ui/Button";
import { tell } from "../ui/tell";

type Tool = Schema<"ToolOut">;

const SAMPLE = "sample";

/** Gives an agent a task that makes it ask, so that somebody sees what asking looks like. Where no agent has such a tool, one is made. */
export function SampleButton({ tools }: { tools: readonly Tool[] }) {
  const [state, setState] = useState<"idle" | "busy" | "made">("idle");
  const used = tools.find((one) => one.used_by.length > 0);
  const tool = used ?? tools[0];
  const agent = used?.used_by[0] ?? SAMPLE;
  if (tool === undefined || (used === undefined && !may("agents:write"))) return null;
  const make = async () => {
    setState("busy");
    try {
      if (used === undefined)
        await ask(
          api.POST("/v1/agents", { body: { name: SAMPLE, model: "gpt-4o", instructions: "Try tools out.", tools: [tool.name] } }),
        );
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
      {used === undefined ? `Make an agent that asks for ${tool.name}` : `Let ${agent} ask for ${tool.name}`}
    </Button>
  );
}
