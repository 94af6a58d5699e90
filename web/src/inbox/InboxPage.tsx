import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Problem } from "../api/problem";
import { may } from "../session";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { type Tab, Tabs } from "../ui/Tabs";
import { usePages } from "../ui/usePages";
import { InboxList } from "./InboxList";
import styles from "./InboxPage.module.css";
import { type ItemKind, isKind, KINDS } from "./item";
import { MailForm } from "./MailForm";
import type { Held } from "./mark";
import { NoInbox } from "./NoInbox";
import { Questions } from "./Questions";
import { hasInbox, type InboxWish, inboxKey, inboxPage, openQuestions } from "./queries";

const VIEWS: Record<string, Pick<InboxWish, "view" | "unread">> = {
  open: { view: "open", unread: false },
  unread: { view: "open", unread: true },
  snoozed: { view: "snoozed", unread: false },
  archived: { view: "archived", unread: false },
};
const OPEN: InboxWish = { view: "open", unread: false };

/** What the reader is told of, and what agents ask people. */
export function InboxPage() {
  const { view = "open", kind, question } = useSearch({ from: "/inbox" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: mine, error, refetch } = useQuery(hasInbox);
  const first = usePages(inboxKey(OPEN), (cursor, signal) => inboxPage(OPEN, cursor, signal), mine === true);
  const { data: questions } = useQuery({ ...openQuestions, enabled: may("tasks:read") });
  const unread = client.getQueryData<Held>(inboxKey(OPEN))?.pages[0]?.unread ?? {};
  const unreadCount = Object.values(unread).reduce((sum, one) => sum + one, 0);
  const none = mine === false || (first.failure instanceof Problem && first.failure.status === 404);
  const tabs: Tab[] = [
    ...(none
      ? []
      : [
          { name: "open", label: "Inbox" },
          { name: "unread", label: "Unread", count: first.rows === undefined ? undefined : unreadCount },
          { name: "snoozed", label: "Put off" },
          { name: "archived", label: "Archive" },
        ]),
    { name: "questions", label: "Questions of agents", count: questions?.length },
    ...(none ? [] : [{ name: "mail", label: "By mail" }]),
  ];
  const shown = tabs.find((tab) => tab.name === view)?.name ?? tabs[0]?.name ?? "open";
  const wish = VIEWS[shown];
  return (
    <Page
      title={unreadCount > 0 ? `(${unreadCount}) Inbox` : "Inbox"}
      heading="Inbox"
      aside={
        wish !== undefined &&
        !none && (
          <SelectField
            label="Which"
            labelHidden
            value={isKind(kind) ? kind : ""}
            onChange={(event) =>
              void navigate({ to: "/inbox", search: (held) => ({ ...held, kind: event.target.value || undefined }) })
            }
          >
            <option value="">Everything</option>
            {(Object.keys(KINDS) as ItemKind[]).map((one) => (
              <option key={one} value={one}>
                {KINDS[one].several}
                {unread[one] ? ` (${unread[one]})` : ""}
              </option>
            ))}
          </SelectField>
        )
      }
    >
      {none && <NoInbox />}
      {!none && <Tabs tabs={tabs} current={shown} label="Inbox" />}
      {shown === "questions" ? (
        <>
          {none && <h2 className={styles.also}>Questions of agents</h2>}
          <Questions at={question} />
        </>
      ) : shown === "mail" ? (
        <>
          <p className="quiet">It goes to the address of your account, by the workspace's mail channel.</p>
          <MailForm />
        </>
      ) : (
        wish !== undefined &&
        (mine === undefined && error !== null ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : mine === undefined ? (
          <Skeleton lines={8} label="Loading the inbox" />
        ) : (
          <InboxList key={`${shown} ${kind}`} wish={{ ...wish, ...(isKind(kind) ? { kind } : {}) }} />
        ))
      )}
    </Page>
  );
}
