import { useQueryClient } from "@tanstack/react-query";
import { Archive, ArchiveRestore, Copy, SquareCheck, UserPlus } from "lucide-react";
import { copyText } from "../ui/copy";
import { Menu, type MenuItem } from "../ui/Menu";
import { tell } from "../ui/tell";
import { actOnCards, archiveCard } from "./acts";
import { announce } from "./announce";
import type { Card, Column } from "./card";
import { type HandStore, useHand } from "./hand";
import type { Move } from "./useMoves";

/** What can be done with a card, or with all that are chosen: first where it can go. One menu for all cards, beside the one that asked. */
export function CardMenu({
  at,
  onClose,
  cards,
  columns,
  store,
  move,
  onAssign,
}: {
  at: { key: string; anchor: Element } | null;
  onClose: () => void;
  cards: ReadonlyMap<string, readonly Card[]>;
  columns: readonly Column[];
  store: HandStore;
  move: Move;
  onAssign: (keys: readonly string[]) => void;
}) {
  const client = useQueryClient();
  const chosen = useHand(store, (hand) => hand.chosen);
  if (at === null) return null;
  const many = chosen.has(at.key) && chosen.size > 1;
  const about = many ? [...chosen] : [at.key];
  const card = [...cards.values()].flat().find((one) => one.key === at.key);
  const archived = card?.archived ?? false;
  const archive = () => {
    const done = many ? actOnCards(client, about, { action: "archive" }) : archiveCard(client, at.key, !archived);
    done
      .then(() => {
        if (many) store.change({ chosen: new Set() });
        announce(many ? `${about.length} cards are archived` : `${at.key} is ${archived ? "back on the board" : "archived"}`);
      })
      .catch(tell("Nothing was archived"));
  };
  const items: (MenuItem | "separator")[] = [
    ...(archived
      ? []
      : columns.map((column, index) => ({
          label: column.name,
          checked: !many && card?.column === column.name,
          disabled: !many && card?.column === column.name,
          hotkey: index < 9 ? String(index + 1) : undefined,
          hint: fullness(column),
          onSelect: () => {
            store.within = true; // the focus was on the card, and goes with it
            move(about, { column: column.name });
          },
        }))),
    ...(archived ? [] : ["separator" as const]),
    { label: "Assign…", icon: <UserPlus size={14} />, hotkey: "i", onSelect: () => onAssign(about) },
    {
      label: chosen.has(at.key) ? "Choose no more" : "Choose",
      icon: <SquareCheck size={14} />,
      hotkey: "x",
      onSelect: () => store.toggle(at.key),
    },
    {
      label: "Copy the link",
      icon: <Copy size={14} />,
      onSelect: () => void copyText(`${location.origin}/board/${at.key}`),
    },
    "separator",
    {
      label: archived ? "Take out of the archive" : many ? `Archive ${about.length} cards` : "Archive",
      icon: archived ? <ArchiveRestore size={14} /> : <Archive size={14} />,
      onSelect: archive,
    },
  ];
  return (
    <Menu
      open
      anchor={at.anchor}
      onOpenChange={(open) => !open && onClose()}
      label={many ? `Move ${about.length} cards to` : `Move ${at.key} to`}
      items={items}
    />
  );
}

function fullness({ wip_limit: limit, count }: Column): string | undefined {
  if (limit === null || count < limit) return undefined;
  return `full: ${count} of ${limit}`;
}
