import type { Schema } from "../api/client";

/** Whose price it is, as a sentence. */
export function whosePrice(price: Schema<"PriceOut">): string {
  switch (price.source) {
    case null:
      return "Nobody says what this model costs: no price was set, and LiteLLM's table does not know it.";
    case "override":
      return `This price was set here${price.version === null ? "" : `, version ${price.version}`}.`;
    case "prices.toml":
      return "This price is from the prices.toml of an app.";
    default:
      return `This price is from LiteLLM's table${price.version === null ? "" : ` of version ${price.version}`}.`;
  }
}

/** The same in a word or two, for a table. */
export function source(price: Schema<"PriceOut">): string {
  if (price.source === null) return "no price";
  if (price.source === "override") return "set here";
  return price.source === "litellm" ? `LiteLLM ${price.version ?? ""}`.trim() : price.source;
}

/** A price as price lists write it, with two decimals at least: "$0.30", "$0.075". */
export function perMillion(amount: string): string {
  const [dollars, rest = ""] = amount.split(".");
  return `$${dollars}.${rest.padEnd(2, "0")}`;
}
