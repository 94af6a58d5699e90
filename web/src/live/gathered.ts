import type { Entry, Happening } from "./entry";

/**
 * Entries without what would be said twice. Who makes a card for an agent makes, assigns and moves it in one act: one line, with its title. An
 * agent's result is its last message and a comment too: it stands there once.
 */
export function gathered(entries: readonly Entry[]): Entry[] {
  const found: Entry[] = [];
  let said = "";
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === "text") said = entry.text;
    const kept = entry.kind === "event" ? keptOf(entry, entries[index - 1], entries[index + 1], said) : entry;
    if (kept !== null) found.push(kept);
  }
  return found;
}

/** What is left of an event beside the one before and the one after it; null where they tell it. */
function keptOf(entry: Happening, before: Entry | undefined, after: Entry | undefined, said: string): Entry | null {
  switch (entry.frame.name) {
    case "task.created":
      return isOfSameAct(entry, after, "task.assigned") ? null : entry;
    case "task.moved":
      return isOfSameAct(entry, before, "task.assigned") ? null : entry;
    case "task.assigned":
      return isOfSameAct(entry, before, "task.created") ? changed(entry, { title: before.frame.data.title }) : entry;
    case "task.commented":
      return isRepeated(entry, said) ? changed(entry, { text: undefined }) : entry;
    default:
      return entry;
  }
}

function isOfSameAct(entry: Happening, other: Entry | undefined, name: string): other is Happening {
  return (
    other?.kind === "event" &&
    other.frame.name === name &&
    other.when === entry.when &&
    other.frame.data.task === entry.frame.data.task
  );
}

function isRepeated(entry: Happening, said: string): boolean {
  const comment = entry.frame.data.text;
  return typeof comment === "string" && comment !== "" && said.startsWith(comment.replace(/…$/, "").trimEnd());
}

const changedEntries = new WeakMap<Entry, Entry>();

/** The same happening with other data; for the same one the same object, so that its line is drawn once. */
function changed(entry: Happening, data: Record<string, unknown>): Entry {
  const held = changedEntries.get(entry);
  if (held !== undefined) return held;
  const whole = { ...entry, frame: { ...entry.frame, data: { ...entry.frame.data, ...data } } };
  changedEntries.set(entry, whole);
  return whole;
}
