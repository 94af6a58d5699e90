import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { deleteTool, type Tool, toolsChanged } from "./queries";

export function DeleteTool({ tool, onClose, onDeleted }: { tool: Tool; onClose: () => void; onDeleted: () => void }) {
  const client = useQueryClient();
  const deleting = useMutation({
    mutationFn: () => deleteTool(tool.name),
    onSuccess: async () => {
      onDeleted();
      client.removeQueries({ queryKey: ["tools", "one", tool.name] });
      await toolsChanged(client);
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Delete ${tool.name}`}
      description={
        tool.used_by.length === 0
          ? "No agent has it. Runs under way keep it."
          : `Runs under way keep it. Later ones of ${tool.used_by.join(", ")} fail until it is taken from them.`
      }
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={deleting.isPending} onClick={() => deleting.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      {deleting.error !== null && <Failure reason={deleting.error} />}
    </Dialog>
  );
}
