import { Page } from "../ui/Page";

export function ToolsPage() {
  return <Page title="Tools">…</Page>;
}
