import { money } from "./money";

/** What something cost: the exact amount is in the title. `estimated` prices are marked with a tilde. */
export function Money({
  amount,
  estimated = false,
  className,
}: {
  amount: string | null | undefined;
  estimated?: boolean;
  className?: string;
}) {
  const title = amount === null || amount === undefined ? "The price of at least one call is not known" : `$${amount}`;
  return (
    <span className={["number", className].filter(Boolean).join(" ")} title={title}>
      {estimated && amount ? "~" : ""}
      {money(amount)}
    </span>
  );
}
