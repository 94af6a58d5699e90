import { useQueryClient } from "@tanstack/react-query";
import { Danger } from "../ui/Danger";
import { useAct } from "../ui/useAct";
import { deleteTool, type Tool, toolsChanged } from "./queries";

export function DeleteTool({ tool, onClose, onDeleted }: { tool: Tool; onClose: () => void; onDeleted: () => void }) {
  const client = useQueryClient();
  const act = useAct(async () => {
    await deleteTool(tool.name);
    onDeleted();
    client.removeQueries({ queryKey: ["tools", "one", tool.name] });
    await toolsChanged(client);
  });
  return (
    <Danger
      title={`Delete ${tool.name}`}
      submit="Delete"
      busy={act.busy}
      problem={act.problem}
      onClose={onClose}
      onSubmit={() => void act.run(undefined)}
    >
      {tool.used_by.length === 0
        ? "No agent has it. Runs under way keep it."
        : `Runs under way keep it. Later ones of ${tool.used_by.join(", ")} fail until it is taken from them.`}
    </Danger>
  );
}
