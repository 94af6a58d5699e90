import { Page } from "../ui/Page";

export function SkillsPage() {
  return <Page title="Skills">…</Page>;
}
