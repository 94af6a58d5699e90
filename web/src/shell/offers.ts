import type { Command } from "./commands";
import { type Found, looksLikeAnId } from "./found";
import { best } from "./match";
import type { Recent } from "./recent";

/** A line of the palette: a place to go to, or an act. */
export type Offer = {
  key: string;
  label: string;
  detail?: string;
  mono?: string;
  hotkey?: string;
  href?: string;
  run?: () => void;
};
export type OfferGroup = { label: string; offers: Offer[] };
/** A page that has a name, and words by which it is looked for. */
export type NamedPage = { label: string; href: string; words?: string; hotkey?: string; within?: string };

const SHOWN_MAX = 6;

/** What the palette shows: before anything is typed, where one was and what one can do; then what fits. */
export function offersFor(
  typed: string,
  known: { recent: Recent[]; commands: readonly Command[]; pages: readonly NamedPage[]; found: Found[] },
): OfferGroup[] {
  const text = typed.trim();
  if (text === "") {
    return filled([
      {
        label: "Recent",
        offers: known.recent.slice(0, SHOWN_MAX).map(({ href, title }) => ({ key: `recent ${href}`, label: title, href })),
      },
      { label: "Commands", offers: known.commands.map(ofCommand) },
      { label: "Go to", offers: known.pages.filter((page) => page.within === undefined).map(ofPage) },
    ]);
  }
  const commands = best(text, known.commands, (one) => `${one.label} ${one.words ?? ""} ${one.group}`, SHOWN_MAX).map(ofCommand);
  const pages = best(text, known.pages, (one) => `${one.label} ${one.within ?? ""} ${one.words ?? ""}`, SHOWN_MAX).map(ofPage);
  const ours = [
    { label: "Commands", offers: commands },
    { label: "Go to", offers: pages },
  ];
  const theirs = byGroup(known.found);
  return filled(namesOneThing(text) ? [...theirs, ...ours] : [...ours, ...theirs]);
}

/** Whether what was typed is a number of a task or the ending of an id: then the thing itself comes first. */
export function namesOneThing(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9]*-\d+$/.test(text) || looksLikeAnId(text);
}

function ofCommand(command: Command): Offer {
  return {
    key: `command ${command.group} ${command.label}`,
    label: command.label,
    detail: command.group === "Everywhere" ? undefined : command.group,
    hotkey: command.hotkey,
    run: command.run,
  };
}

function ofPage(page: NamedPage): Offer {
  return { key: `page ${page.href}`, label: page.label, detail: page.within, hotkey: page.hotkey, href: page.href };
}

function byGroup(found: Found[]): OfferGroup[] {
  const groups = new Map<string, Offer[]>();
  for (const { key, group, label, detail, mono, href } of found)
    groups.set(group, [...(groups.get(group) ?? []), { key, label, detail, mono, href }]);
  return [...groups].map(([label, offers]) => ({ label, offers }));
}

function filled(groups: OfferGroup[]): OfferGroup[] {
  return groups.filter((group) => group.offers.length > 0);
}
