import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { agentList } from "../agents/queries";
import { userList } from "../people/queries";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import type { PickerOption } from "../ui/Picker";
import type { BoardState } from "./board_state";
import { openCards } from "./queries";

/** Whom a card can be given to: agents, then people. The value says which: `agent:atlas`, `user:mira`. */
export function useAssigneeOptions(): PickerOption[] {
  const { data: agents } = useQuery({ ...agentList, enabled: may("agents:read") });
  const { data: people } = useQuery({ ...userList, enabled: may("people:read") });
  return useMemo(
    () => [
      ...(agents ?? []).map((agent) => ({
        value: `agent:${agent.name}`,
        label: agent.name,
        hint: `agent, ${agent.status}`,
        icon: <Avatar name={agent.name} kind="agent" />,
      })),
      ...(people ?? []).map((person) => ({
        value: `user:${person.name}`,
        label: person.name,
        hint: "person",
        icon: <Avatar name={person.name} kind="person" />,
      })),
    ],
    [agents, people],
  );
}

/** The people who can stay responsible for a card. */
export function usePersonOptions(): PickerOption[] {
  const { data: people } = useQuery({ ...userList, enabled: may("people:read") });
  return useMemo(
    () =>
      (people ?? []).map((person) => ({
        value: person.name,
        label: person.name,
        icon: <Avatar name={person.name} kind="person" />,
      })),
    [people],
  );
}

/** The cards of a board that this page knows, to depend on or to be a part of. */
export function useTaskOptions(board: string, without: readonly string[] = []): PickerOption[] {
  const { data: state } = useQuery(openCards(board));
  const left = without.join(" ");
  return useMemo(() => optionsOf(state, new Set(left.split(" "))), [state, left]);
}

function optionsOf(state: BoardState | undefined, without: ReadonlySet<string>): PickerOption[] {
  const cards = [...(state?.cards.values() ?? [])].filter((card) => card !== null && !without.has(card.key));
  return cards.map((card) => ({ value: card?.key ?? "", label: `${card?.key} ${card?.title}`, hint: card?.column }));
}
