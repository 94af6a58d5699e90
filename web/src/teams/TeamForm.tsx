import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useId, useState } from "react";
import { ChosenList } from "../agents/definition/ChosenList";
import { mergePatch } from "../agents/definition/draft";
import formed from "../agents/definition/form.module.css";
import { NumberField } from "../agents/definition/NumberField";
import { agentList } from "../agents/queries";
import { api, ask, type Schema } from "../api/client";
import { type Fault, Problem } from "../api/problem";
import { focusFirstFault, holdsUnparsed } from "../functions/DataForm";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextArea, TextField } from "../ui/Field";
import { saidAt } from "../ui/json_fault";
import { Picker } from "../ui/Picker";
import { type Team, takeTeam } from "./queries";

const route = getRouteApi("/agents");

type Draft = {
  name: string;
  lead: string | null;
  members: string[];
  description: string;
  instructions: string;
  limits: Record<string, unknown>;
};

/** Make a team, or change one. */
export function TeamForm({ team, onClose }: { team?: Team; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const form = useId();
  const [draft, setDraft] = useState<Draft>(() => draftOf(team));
  const [tried, setTried] = useState(false);
  const set = (next: Partial<Draft>) => setDraft({ ...draft, ...next });
  const limit = (next: Record<string, unknown>) => set({ limits: { ...draft.limits, ...next } });
  const saving = useMutation({
    mutationFn: () => (team === undefined ? create(draft) : update(team, draft)),
    onSuccess: (saved) => {
      takeTeam(client, saved);
      onClose();
      void navigate({ search: { view: "teams", team: saved.name } });
    },
    onError: () => focusFirstFault(form),
  });
  const problem = saving.error instanceof Problem ? saving.error : null;
  const faults: Fault[] = [...(tried ? missingIn(draft) : []), ...(problem?.errors ?? [])];
  const fault = (pointer: string) => saidAt(faults, pointer, true);
  const { data: agents } = useQuery(agentList);
  const options = (agents ?? [])
    .filter((agent) => agent.archived_at === null)
    .map((agent) => ({
      value: agent.name,
      label: agent.name,
      hint: agent.description || agent.model,
      icon: <Avatar name={agent.name} kind="agent" size={18} />,
    }));
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={team === undefined ? "New team" : `Change ${team.name}`}
      description={
        team === undefined
          ? "A card that is given to the team is its lead's, who is told who the others are and may give work to them."
          : "Each change is a revision. A run that has begun keeps what it was told of its team."
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={saving.isPending}>
            {team === undefined ? "Make the team" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={formed.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (missingIn(draft).length > 0 || holdsUnparsed(draft)) focusFirstFault(form);
          else saving.mutate();
        }}
      >
        <div className={formed.pair}>
          <TextField
            label="Name"
            className="mono"
            placeholder="support"
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            autoFocus
            value={draft.name}
            error={fault("/name")}
            onChange={(event) => set({ name: event.target.value })}
          />
          <Picker
            label="Lead"
            options={options.filter((one) => !draft.members.includes(one.value))}
            value={draft.lead}
            onChange={(lead) => set({ lead })}
            placeholder="Choose an agent"
            noMatch="No agent of that name"
            error={fault("/lead")}
          />
        </div>
        <ChosenList
          label="Members"
          options={options.filter((one) => one.value !== draft.lead && !draft.members.includes(one.value))}
          value={draft.members}
          onChange={(members) => set({ members })}
          placeholder={draft.members.length === 0 ? "Add an agent" : "Add another"}
          noMatch="No other agent of that name"
          error={fault("/members")}
        />
        <TextField
          label="Description"
          hint="What it is for."
          placeholder="Orders, refunds and what customers write about them."
          maxLength={1024}
          value={draft.description}
          error={fault("/description")}
          onChange={(event) => set({ description: event.target.value })}
        />
        <TextArea
          label="Instructions for its lead"
          hint="Added to the lead's own: who does what."
          placeholder="Give research to maya and letters to zoe."
          rows={4}
          value={draft.instructions}
          error={fault("/instructions")}
          onChange={(event) => set({ instructions: event.target.value })}
        />
        <fieldset className={formed.group}>
          <legend>How much work it may give away</legend>
          <div className={formed.several}>
            <NumberField
              label="Levels of cards"
              hint="Below the team's own card, 1 to 8."
              placeholder="8"
              value={draft.limits.depth}
              error={fault("/limits/depth")}
              onChange={(depth) => limit({ depth })}
            />
            <NumberField
              label="Cards by one run"
              hint="1 to 200."
              placeholder="20"
              value={draft.limits.cards_by_run}
              error={fault("/limits/cards_by_run")}
              onChange={(cards_by_run) => limit({ cards_by_run })}
            />
            <NumberField
              label="Cards in all"
              hint="Below one card, 1 to 2,000."
              placeholder="200"
              value={draft.limits.cards_in_tree}
              error={fault("/limits/cards_in_tree")}
              onChange={(cards_in_tree) => limit({ cards_in_tree })}
            />
          </div>
        </fieldset>
        {saving.error !== null && !faults.some((one) => one.pointer) && <Failure reason={saving.error} />}
      </form>
    </Dialog>
  );
}

function draftOf(team: Team | undefined): Draft {
  if (team === undefined) return { name: "", lead: null, members: [], description: "", instructions: "", limits: {} };
  const { name, lead, members, description, instructions, limits } = team;
  return { name, lead, members, description, instructions, limits: { ...limits } };
}

function missingIn({ name, lead, members }: Draft): Fault[] {
  const faults: Fault[] = [];
  if (name === "") faults.push({ pointer: "/name", detail: "A team has a name." });
  if (lead === null) faults.push({ pointer: "/lead", detail: "Who leads it?" });
  if (members.length === 0) faults.push({ pointer: "/members", detail: "A team has one member at least, beside its lead." });
  return faults;
}

function bodyOf(draft: Draft): Schema<"TeamIn"> {
  const limits = Object.fromEntries(Object.entries(draft.limits).filter(([, value]) => value !== null && value !== undefined));
  return { ...draft, lead: draft.lead ?? "", limits };
}

function create(draft: Draft): Promise<Team> {
  return ask(api.POST("/v1/teams", { body: bodyOf(draft) }));
}

function update(team: Team, draft: Draft): Promise<Team> {
  const before = { ...bodyOf(draftOf(team)) };
  const patch = mergePatch(before, { ...bodyOf(draft) }) as Schema<"TeamPatch">;
  if (Object.keys(patch).length === 0) return Promise.resolve(team);
  return ask(
    api.PATCH("/v1/teams/{team}", {
      params: { path: { team: team.id }, header: { "if-match": `"${team.revision}"` } },
      body: patch,
    }),
  );
}
