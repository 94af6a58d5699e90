import { Page } from "../ui/Page";

export function FunctionPage() {
  return <Page title="Function">…</Page>;
}
