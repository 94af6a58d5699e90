import { Chip } from "../ui/Chip";
import type { Effect } from "./queries";
import { EFFECTS } from "./tool_words";

/** What a call does to the world. What moves money or is seen elsewhere stands out, since it is what a person is asked about. */
export function EffectMark({ effect, reversible }: { effect: Effect; reversible: boolean | null }) {
  const told = `It ${EFFECTS[effect]}${reversible === false ? ", and cannot be undone" : reversible === true ? ", and can be undone" : ""}.`;
  if (effect === "read")
    return (
      <span className="faint" title={told}>
        read
      </span>
    );
  return (
    <Chip tone={effect === "write" ? "plain" : "needs"} title={told}>
      {effect}
    </Chip>
  );
}
