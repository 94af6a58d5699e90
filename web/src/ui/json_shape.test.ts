import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultsOf, saidAt } from "./json_fault";
import { blank, type JsonSchema, resolve, shapeOf, Unparsed } from "./json_shape";
import { amountFrom, localMoment, momentOfLocal, numberOf } from "./json_text";

const REFUND: JsonSchema = {
  type: "object",
  properties: {
    order: { type: "string", minLength: 3 },
    amount: { type: "number", exclusiveMinimum: 0, maximum: 5000 },
    reason: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
    who: { $ref: "#/$defs/Person" },
    kind: { enum: ["full", "part"] },
    tags: { type: "array", items: { type: "string" }, maxItems: 2 },
  },
  required: ["order", "amount"],
  additionalProperties: false,
  $defs: { Person: { type: "object", properties: { mail: { type: "string", format: "email" } }, required: ["mail"] } },
};

describe("how a value is drawn", () => {
  test("each kind has its field", () => {
    const kinds = Object.entries(REFUND.properties as Record<string, JsonSchema>).map(([name, schema]) => [
      name,
      shapeOf(resolve(schema, REFUND).schema, undefined).kind,
    ]);
    expect(Object.fromEntries(kinds)).toEqual({
      order: "text",
      amount: "number",
      reason: "text",
      who: "object",
      kind: "choice",
      tags: "list",
    });
  });

  test("a value that does not fit its schema is drawn as JSON, so that nothing of it is hidden", () => {
    expect(shapeOf({ type: "string" }, { sneaky: true }).kind).toBe("json");
    expect(shapeOf({ type: "number" }, "420").kind).toBe("json");
    expect(shapeOf({ type: "integer" }, 2 ** 64).kind).toBe("json");
  });

  test("an exact amount is a number or a text, and stays what it was", () => {
    const amount: JsonSchema = { anyOf: [{ type: "number" }, { type: "string", maxLength: 6 }] };
    expect(shapeOf(amount, 420)).toEqual({ kind: "number", integer: false, orText: true });
    expect(shapeOf(amount, "420.00").kind).toBe("number");
    expect(faultsOf(amount, "42.0000")).toHaveLength(1);
    expect(amountFrom("300", false)).toBe(300);
    expect(amountFrom("300.10", true)).toBe("300.10");
    expect(amountFrom("12345678901234567890", false)).toBe("12345678901234567890");
  });

  test("what the schema does not name is a field too", () => {
    const drawn = shapeOf(REFUND, { order: "A-1", amount: 1, hidden: "here" });
    expect(drawn.kind === "object" && drawn.fields.filter((one) => one.extra).map((one) => one.name)).toEqual(["hidden"]);
  });

  test("a schema that points at itself ends", () => {
    const loop: JsonSchema = { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/A" } } };
    expect(resolve(loop, loop)).toEqual({ schema: {}, nullable: false });
    expect(blank(loop)).toBeUndefined();
  });

  test("a form begins with defaults and leaves the rest open", () => {
    expect(
      blank({ type: "object", properties: { a: { type: "integer", default: 3 }, b: { type: "string" } }, required: ["b"] }),
    ).toEqual({
      a: 3,
    });
  });
});

describe("what is wrong with a value", () => {
  test("is said at its place", () => {
    const faults = faultsOf(REFUND, {
      order: "A",
      amount: 0,
      who: { mail: "nobody" },
      tags: ["a", "b", "c"],
      kind: "some",
      odd: 1,
    });
    expect(faults.map((one) => one.pointer).sort()).toEqual(["/amount", "/kind", "/odd", "/order", "/tags", "/who/mail"]);
  });

  test("says what is missing, and what is half typed", () => {
    const faults = faultsOf(REFUND, { amount: new Unparsed("4,", "This is not a number.") });
    expect(saidAt(faults, "/order", false)).toBe("This is needed.");
    expect(saidAt(faults, "/amount", false)).toBe("This is not a number.");
  });

  test("an emoji is one character", () => {
    expect(faultsOf({ type: "string", maxLength: 1 }, "🧾")).toEqual([]);
  });

  test("holds for what the schema does not describe", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => faultsOf({}, value).length === 0));
  });

  test("never throws, whatever the schema and the value are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (schema, value) => {
        faultsOf(schema, value);
        shapeOf(resolve(schema, schema).schema, value);
        return true;
      }),
    );
  });
});

describe("what is typed", () => {
  test("every number that a browser holds comes back as it was written", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
        (value) => numberOf(String(value), false) === value,
      ),
    );
  });

  test.each(["", "4,5", "1e999", "0x10", "12345678901234567890", "-"])("%j is no number yet", (text) => {
    expect(numberOf(text, false)).toBeInstanceOf(Unparsed);
  });

  test("a moment comes back as the same moment", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("1971-01-01"), max: new Date("2199-01-01"), noInvalidDate: true }), (at) => {
        at.setMilliseconds(0);
        return new Date(momentOfLocal(localMoment(at.toISOString()))).getTime() === at.getTime();
      }),
    );
  });
});
