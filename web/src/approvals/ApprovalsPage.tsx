import { Page } from "../ui/Page";

export function ApprovalsPage() {
  return <Page title="Approvals">…</Page>;
}
