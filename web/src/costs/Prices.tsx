export function Prices(_: Record<string, unknown>) {
  return <p>…</p>;
}
