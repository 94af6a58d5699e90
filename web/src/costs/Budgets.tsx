export function Budgets(_: Record<string, unknown>) {
  return <p>…</p>;
}
