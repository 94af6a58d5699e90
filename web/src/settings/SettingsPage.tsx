import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ComponentType, type LazyExoticComponent, Suspense } from "react";
import { NotFound } from "../shell/NotFound";
import { lazyPart } from "../shell/part";
import { SelectField } from "../ui/Field";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import styles from "./SettingsPage.module.css";
import { openSections, SECTIONS, type Section, type SectionName } from "./sections";

const GROUPS = ["Workspace", "You", "This server"] as const;

// Each is fetched when it is first shown.
const BODIES: Record<SectionName, LazyExoticComponent<ComponentType>> = {
  board: lazyPart(() => import("./board/BoardSection")),
  people: lazyPart(() => import("../people/PeopleSection")),
  keys: lazyPart(() => import("./keys/KeysSection")),
  secrets: lazyPart(() => import("./secrets/SecretsSection")),
  policies: lazyPart(() => import("./policies/PoliciesSection")),
  alerts: lazyPart(() => import("./alerts/AlertsSection")),
  webhooks: lazyPart(() => import("./webhooks/WebhooksSection")),
  retention: lazyPart(() => import("./RetentionSection")),
  limits: lazyPart(() => import("./limits/LimitsSection")),
  privacy: lazyPart(() => import("./privacy/PrivacySection")),
  account: lazyPart(() => import("./account/AccountSection")),
  appearance: lazyPart(() => import("./AppearanceSection")),
  inbox: lazyPart(() => import("./MailSection")),
  tenants: lazyPart(() => import("./tenants/TenantsSection")),
  about: lazyPart(() => import("./AboutSection")),
};

/** All that can be set: its parts at the left, one of them beside it. */
export function SettingsPage() {
  const { section: name } = useParams({ from: "/settings/$section" });
  const section = SECTIONS.find((one) => one.name === name);
  if (section === undefined) return <NotFound />;
  const open = openSections();
  const Body = BODIES[section.name];
  return (
    <Page title={`${section.label} · Settings`} heading="Settings">
      <div className={styles.layout}>
        <Sections open={open} current={section} />
        <div className={styles.body}>
          {open.includes(section) ? (
            <Suspense key={section.name} fallback={<Skeleton lines={6} />}>
              <Body />
            </Suspense>
          ) : (
            <p className="quiet">
              {section.label}: not for your role. It needs the permission <code>{section.needs}</code>, which an admin can give.
            </p>
          )}
        </div>
      </div>
    </Page>
  );
}

function Sections({ open, current }: { open: Section[]; current: Section }) {
  const navigate = useNavigate();
  return (
    <>
      <nav className={styles.nav} aria-label="Settings">
        {GROUPS.map((group) => (
          <section key={group}>
            <h2 className={styles.group}>{group}</h2>
            <ul>
              {open
                .filter((one) => one.group === group)
                .map((one) => (
                  <li key={one.name}>
                    <Link
                      to="/settings/$section"
                      params={{ section: one.name }}
                      className={styles.section}
                      aria-current={one === current ? "page" : undefined}
                    >
                      {one.label}
                    </Link>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </nav>
      <div className={styles.select}>
        <SelectField
          label="Part of the settings"
          labelHidden
          value={current.name}
          onChange={(event) => void navigate({ to: "/settings/$section", params: { section: event.target.value } })}
        >
          {GROUPS.map((group) => (
            <optgroup key={group} label={group}>
              {open
                .filter((one) => one.group === group)
                .map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.label}
                  </option>
                ))}
            </optgroup>
          ))}
        </SelectField>
      </div>
    </>
  );
}
