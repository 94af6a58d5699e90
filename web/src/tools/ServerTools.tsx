import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schema } from "../api/client";
import { may } from "../session";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { Parameters } from "./Parameters";
import { decideTool, type Effect, type McpTool, mcpTools } from "./queries";
import styles from "./ServerTools.module.css";
import { hintWords } from "./server_words";
import { EFFECT_NAMES, EFFECTS } from "./tool_words";

type Patch = Schema<"McpToolPatch">;

/** The tools of a server, what waits for a person first. */
export function ServerTools({ server }: { server: string }) {
  const { data: tools, error, refetch } = useQuery({ ...mcpTools(server), refetchOnMount: "always" });
  if (tools === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={5} label="Loading its tools" />;
  if (tools.length === 0)
    return <p className="quiet">Nothing is known yet. A worker asks it when it is added; ask again once one runs.</p>;
  const waiting = tools.filter((one) => one.state === "new" || one.state === "changed");
  return (
    <ul className={styles.tools}>
      {[...waiting, ...tools.filter((one) => !waiting.includes(one))].map((tool) => (
        <OneTool key={tool.name} server={server} tool={tool} />
      ))}
    </ul>
  );
}

function OneTool({ server, tool }: { server: string; tool: McpTool }) {
  const client = useQueryClient();
  const key = mcpTools(server).queryKey;
  const deciding = useMutation({
    mutationFn: (said: Patch) => decideTool(server, tool.name, said),
    onMutate: async (said) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData(key);
      client.setQueryData(key, (held) => held?.map((one) => (one.name === tool.name ? after(one, said) : one)));
      return before;
    },
    onError: (reason, _, before) => {
      client.setQueryData(key, before);
      tell(`${tool.name} is as it was`)(reason);
    },
    onSuccess: (next) => {
      client.setQueryData(key, (held) => held?.map((one) => (one.name === next.name ? next : one)));
      void client.invalidateQueries({ queryKey: ["tools"] });
    },
  });
  const decidable = may("tools:write") && tool.state !== "gone";
  const hints = hintWords(tool.hints);
  return (
    <li className={styles.tool}>
      <div className={styles.head}>
        {tool.state === "accepted" ? (
          <Link to="/tools" search={{ tool: tool.name }} className={styles.name}>
            {tool.name}
          </Link>
        ) : (
          <span className={styles.name}>{tool.name}</span>
        )}
        <State tool={tool} />
        <span className={styles.acts}>
          {decidable &&
            (tool.state === "accepted" ? (
              <Button
                size="small"
                aria-label={`Take back the acceptance of ${tool.name}`}
                onClick={() => deciding.mutate({ accept: null })}
              >
                Take back
              </Button>
            ) : (
              <Button
                size="small"
                look="needs"
                aria-label={`Accept ${tool.name} as it is worded here`}
                onClick={() => deciding.mutate({ accept: tool.hash })}
              >
                Accept
              </Button>
            ))}
        </span>
      </div>
      <blockquote className={styles.words} dir="auto">
        {tool.description || "It says nothing of itself."}
      </blockquote>
      {hints.length > 0 && <p className="faint">It says of itself: {hints.join(", ")}. That lowers nothing here.</p>}
      <div className={styles.settings}>
        <SelectField
          label="Effect"
          value={tool.effect}
          disabled={!decidable}
          aria-label={`Effect of ${tool.name}`}
          onChange={(event) => deciding.mutate({ effect: event.target.value as Effect })}
        >
          {EFFECT_NAMES.map((effect) => (
            <option key={effect} value={effect}>
              {effect}: {EFFECTS[effect]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="A person"
          value={tool.approval === null ? "" : String(tool.approval)}
          disabled={!decidable}
          aria-label={`Whether ${tool.name} asks a person`}
          onChange={(event) => deciding.mutate({ approval: event.target.value === "" ? null : event.target.value === "true" })}
        >
          <option value="">as its effect says</option>
          <option value="true">always asked</option>
          <option value="false">never asked</option>
        </SelectField>
        <details className={styles.schema}>
          <summary>What it takes</summary>
          <Parameters schema={tool.parameters} label={`JSON Schema of ${tool.name}`} />
        </details>
      </div>
    </li>
  );
}

function State({ tool }: { tool: McpTool }) {
  switch (tool.state) {
    case "accepted":
      return <span className="faint">✓ accepted{tool.accepted_by === null ? "" : ` by ${tool.accepted_by}`}</span>;
    case "new":
      return <Chip tone="needs">◆ {tool.accepted === null ? "not accepted" : "new"}</Chip>;
    case "changed":
      return <Chip tone="needs">◆ worded otherwise since it was accepted</Chip>;
    case "gone":
      return <span className="faint">⊘ not offered any more</span>;
  }
}

/** A tool as it will be, before the server has said so. */
function after(tool: McpTool, said: Patch): McpTool {
  const decided =
    said.accept === undefined
      ? {}
      : { accepted: said.accept, state: said.accept === null ? ("new" as const) : ("accepted" as const) };
  return {
    ...tool,
    ...decided,
    ...(said.effect ? { effect: said.effect } : {}),
    ...(said.approval === undefined ? {} : { approval: said.approval }),
  };
}
