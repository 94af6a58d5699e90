import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { modelLimits, ownPrices, priceOf } from "../../costs/queries";
import { may } from "../../session";
import { TextField } from "../../ui/Field";
import { money } from "../../ui/money";
import { agentList } from "../queries";

const TYPING_MS = 400;

/** Any model of LiteLLM's; those that are in use here are proposed, and what one costs is said before it is chosen. */
export function ModelField({ value, error, onChange }: { value: string; error?: string; onChange: (value: string) => void }) {
  const list = useId();
  const { data: agents } = useQuery(agentList);
  const { data: prices } = useQuery({ ...ownPrices, enabled: may("usage:read") });
  const { data: limits } = useQuery({ ...modelLimits, enabled: may("budgets:read") });
  const known = new Set<string>();
  for (const agent of agents ?? []) for (const model of [agent.model, ...(agent.fallbacks ?? [])]) known.add(model);
  for (const one of [...(prices ?? []), ...(limits ?? [])]) known.add(one.model);
  return (
    <>
      <TextField
        label="Model"
        className="mono"
        placeholder="claude-sonnet-4.5"
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        list={list}
        value={value}
        error={error}
        hint={<Price model={value.trim()} />}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={list}>
        {[...known].sort().map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
    </>
  );
}

function Price({ model }: { model: string }) {
  const asked = useSettled(model);
  const { data: price } = useQuery({ ...priceOf(asked), enabled: asked !== "" && may("usage:read") });
  if (asked === "" || price === undefined) return "LiteLLM's name of it.";
  if (price === null || price.input === null) return "Nobody here knows what it costs: its calls will count as unpriced.";
  return `${money(price.input)} in${price.output === null ? "" : `, ${money(price.output)} out`}, for a million tokens.`;
}

/** The text once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
