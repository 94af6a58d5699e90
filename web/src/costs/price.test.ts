import { expect, it } from "vitest";
import type { Schema } from "../api/client";
import { perMillion, source, whosePrice } from "./price";

const price = (source: string | null, version: string | null = null) => ({ source, version }) as Schema<"PriceOut">;

it("a price says whose it is", () => {
  expect(whosePrice(price("litellm", "1.106.2"))).toBe("This price is from LiteLLM's table of version 1.106.2.");
  expect(whosePrice(price("override", "3"))).toBe("This price was set here, version 3.");
  expect(whosePrice(price(null))).toMatch(/^Nobody says/);
  expect(source(price("litellm", "1.106.2"))).toBe("LiteLLM 1.106.2");
  expect(source(price("prices.toml"))).toBe("prices.toml");
});

it("a price has two decimals, or as many as it needs", () => {
  expect(perMillion("3")).toBe("$3.00");
  expect(perMillion("0.3")).toBe("$0.30");
  expect(perMillion("0.075")).toBe("$0.075");
});
