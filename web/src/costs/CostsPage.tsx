import { Page } from "../ui/Page";

export function CostsPage() {
  return <Page title="Costs">…</Page>;
}
