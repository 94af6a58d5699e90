export function ModelLimits(_: Record<string, unknown>) {
  return <p>…</p>;
}
