import { Page } from "../ui/Page";

export function SkillPage() {
  return <Page title="Skill">…</Page>;
}
