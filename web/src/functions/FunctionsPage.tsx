import { Page } from "../ui/Page";

export function FunctionsPage() {
  return <Page title="Functions">…</Page>;
}
