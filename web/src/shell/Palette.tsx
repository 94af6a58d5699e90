import { useRouter } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { openSections } from "../settings/sections";
import { Dialog } from "../ui/Dialog";
import { Kbd } from "../ui/Kbd";
import { useKnownCommands } from "./commands";
import { useFound } from "./found";
import { type NamedPage, type Offer, type OfferGroup, offersFor } from "./offers";
import styles from "./Palette.module.css";
import { PLACES } from "./places";
import { recentPages } from "./recent";

/** One field that finds everything: pages, acts, tasks, runs, agents, by name, number or the ending of an id. */
export function Palette({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setWanted] = useState(false);
  const [recent] = useState(() => recentPages().filter((page) => page.href !== router.state.location.href));
  const [pages] = useState(allPages);
  const commands = useKnownCommands();
  const { found, searching } = useFound(typed);
  const groups = useMemo(() => offersFor(typed, { recent, commands, pages, found }), [typed, recent, commands, pages, found]);
  const offers = groups.flatMap((group) => group.offers);
  const active = offers.find((one) => one.key === chosen) ?? offers[0];
  const list = useId();

  const take = (offer: Offer, elsewhere = false) => {
    if (offer.href !== undefined && elsewhere) window.open(offer.href, "_blank", "noopener");
    onClose();
    if (offer.run !== undefined) offer.run();
    else if (offer.href !== undefined && !elsewhere) router.history.push(offer.href);
  };

  // Enter before the answer is in: the first that is found is taken then.
  useEffect(() => {
    if (!wanted || searching) return;
    setWanted(false);
    if (active !== undefined) take(active);
  });

  const move = (by: number) => {
    const at = active === undefined ? -1 : offers.indexOf(active);
    setChosen(offers[(at + by + offers.length) % offers.length]?.key ?? null);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "PageDown") move(Math.min(8, offers.length - 1));
    else if (event.key === "PageUp") move(-Math.min(8, offers.length - 1));
    else if (event.key === "Enter" && active !== undefined) take(active, event.metaKey || event.ctrlKey);
    else if (event.key === "Enter") setWanted(searching);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog open onClose={onClose} title="Search and commands" bare>
      <div className={styles.field}>
        <Search size={16} aria-hidden="true" />
        <input
          className={styles.input}
          role="combobox"
          aria-label="Search or run a command"
          aria-expanded={offers.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={active === undefined ? undefined : `${list}-${active.key}`}
          placeholder="A page, an act, FF-14, 8241_a2f7, a name…"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(null);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <Offers groups={groups} list={list} active={active?.key} onPoint={setChosen} onTake={take} />
      <p className={styles.foot} role="status">
        {told(typed, offers.length, searching)}
      </p>
    </Dialog>
  );
}

function told(typed: string, count: number, searching: boolean): string {
  if (typed.trim() === "") return "Type to search. Enter opens, Ctrl Enter in a new tab.";
  if (searching) return "Searching…";
  if (count === 0)
    return `Nothing is called “${typed.trim()}”. Tasks are found by their text, runs and events by the ending of their id.`;
  return `${count} found`;
}

type OffersProps = {
  groups: OfferGroup[];
  list: string;
  active: string | undefined;
  onPoint: (key: string) => void;
  onTake: (offer: Offer, elsewhere: boolean) => void;
};

/** The lines. The focus stays in the field: what is chosen is told by `aria-activedescendant`. */
function Offers({ groups, list, active, onPoint, onTake }: OffersProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active !== undefined) place.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div ref={place} id={list} className={styles.list} role="listbox" aria-label="What there is" tabIndex={-1}>
      {groups.map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
        <div key={group.label} role="group" aria-labelledby={`${list}-${group.label}`}>
          <div id={`${list}-${group.label}`} className={styles.group} role="presentation">
            {group.label}
          </div>
          {group.offers.map((offer) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus
            <div
              key={offer.key}
              id={`${list}-${offer.key}`}
              className={styles.offer}
              role="option"
              aria-selected={offer.key === active}
              onMouseMove={() => offer.key !== active && onPoint(offer.key)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={(event) => onTake(offer, event.metaKey || event.ctrlKey)}
            >
              {offer.mono !== undefined && <span className={`${styles.mono} mono`}>{offer.mono}</span>}
              <span className={styles.label}>{offer.label}</span>
              {offer.detail !== undefined && <span className={styles.detail}>{offer.detail}</span>}
              {offer.hotkey !== undefined && <Kbd keys={offer.hotkey} />}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function allPages(): NamedPage[] {
  return [
    ...PLACES.flatMap((group) => group.places).map((place) => ({ label: place.label, href: place.to, hotkey: `g ${place.key}` })),
    ...openSections().map((one) => ({ label: one.label, href: `/settings/${one.name}`, words: one.words, within: "Settings" })),
  ];
}
