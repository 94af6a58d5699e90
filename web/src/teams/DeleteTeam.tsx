import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useRef } from "react";
import { api, ask } from "../api/client";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { type Team, teamList } from "./queries";

const route = getRouteApi("/agents");

/** Take a team away, and say what stays. */
export function DeleteTeam({ team, onClose }: { team: Team; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const cancel = useRef<HTMLButtonElement>(null);
  const deleting = useMutation({
    mutationFn: () => ask(api.DELETE("/v1/teams/{team}", { params: { path: { team: team.id } } })),
    onSuccess: () => {
      client.setQueryData(teamList.queryKey, (held) => held?.filter((one) => one.id !== team.id));
      onClose();
      void navigate({ search: { view: "teams" } });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Delete ${team.name}`}
      description="Its agents, and what they work on, stay."
      initialFocus={() => cancel.current}
      actions={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
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
