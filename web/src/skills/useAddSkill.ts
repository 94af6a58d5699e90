import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type SkillVersion, skillsChanged } from "./queries";

/** Add a version by `add`, then show it. */
export function useAddSkill<Given>(add: (given: Given) => Promise<SkillVersion>, onDone: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: add,
    onSuccess: async (version) => {
      await skillsChanged(client);
      onDone();
      void navigate({ to: "/skills/$name", params: { name: version.name } });
    },
  });
}
