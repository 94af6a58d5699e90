import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import type { Budget } from "./budget";

/** A question before a budget is gone. */
export function DeleteBudget({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => ask(api.DELETE("/v1/budgets/{budget}", { params: { path: { budget: budget.id } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["budgets"] });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Delete ${budget.name}?`}
      description="It holds no call back any more. What calls cost stays in the report."
      actions={
        <>
          <Button onClick={onClose} autoFocus>
            Keep it
          </Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            Delete it
          </Button>
        </>
      }
    >
      {remove.error !== null && <Failure reason={remove.error} />}
    </Dialog>
  );
}
