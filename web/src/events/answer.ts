import type { Schema } from "../api/client";
import { valuesAsked } from "./filter_values";

export type Answer = Schema<"AnswerOut">;
/** `sentence`: what a machine reads stands between backticks in it. */
export type Said = { glyph: string; tone: "done" | "quiet" | "failed"; sentence: string };

/** Why a function ran for an event, or did not, as a person says it. `data`: the event's, for what the filter looked at. */
export function inWords(answer: Answer, data: unknown): Said {
  const { outcome, trigger } = answer;
  const reason = answer.reason ?? "";
  switch (outcome) {
    case "ran":
      return {
        glyph: "✓",
        tone: "done",
        sentence: [trigger && `Listens to \`${trigger}\`.`, ended(upper(reason))].filter(Boolean).join(" "),
      };
    case "skipped":
      return { glyph: "⊘", tone: "quiet", sentence: `Its run was skipped: ${ended(reason || "its flow control said so")}` };
    case "filtered":
      return { glyph: "−", tone: "quiet", sentence: ended(withValues(asPast(reason), reason, data)) };
    case "filter_failed":
      return { glyph: "✗", tone: "failed", sentence: ended(withValues(asPast(reason), reason, data)) };
    case "pending":
      return { glyph: "·", tone: "quiet", sentence: "Not looked at yet: that takes a moment." };
    case "published_later":
      return { glyph: "−", tone: "quiet", sentence: `It came too early: ${ended(reason)}` };
    case "flow_control":
      return { glyph: "⊘", tone: "quiet", sentence: `It listens, and its flow control decided otherwise: ${ended(reason)}` };
    case "other_name":
      return { glyph: "−", tone: "quiet", sentence: ended(upper(reason)) };
    case "no_run":
      return { glyph: "✗", tone: "failed", sentence: ended(upper(reason)) };
  }
}

/** `the filter X is false; the filter Y failed: …` of the server, about what is over. */
function asPast(reason: string): string {
  const said = reason
    .split("; the filter ")
    .map((part) => part.replace(/^the filter /, ""))
    .map((part) => {
      if (part.endsWith(" is false")) return `its filter \`${part.slice(0, -" is false".length)}\` was false`;
      const [filter, why] = part.split(/ failed: (.*)/s);
      return why === undefined ? part : `its filter \`${filter}\` could not be asked: ${why}`;
    });
  return upper(said.join("; "));
}

function withValues(said: string, reason: string, data: unknown): string {
  const values = valuesAsked(reason, data);
  return values.length === 0 ? said : `${said} (${values.join(", ")})`;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function ended(text: string): string {
  return text === "" || /[.!?]$/.test(text) ? text : `${text}.`;
}
