import { Link, type LinkProps } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Clock, Mail, MailOpen } from "lucide-react";
import { Ago, absolute } from "../ui/Ago";
import { IconButton } from "../ui/Button";
import { Menu } from "../ui/Menu";
import styles from "./InboxRow.module.css";
import { type Item, KINDS, placeOf } from "./item";
import type { InboxWish } from "./queries";
import { snoozeTimes } from "./snooze";

/** One item: what happened, the beginning of what was said, and what can be done with it. */
export function InboxRow({
  item,
  view,
  menuOpen,
  onMenu,
  onRead,
  onArchive,
  onSnooze,
}: {
  item: Item;
  view: InboxWish["view"];
  menuOpen: boolean;
  onMenu: (open: boolean) => void;
  /** True: it is to be unread again. */
  onRead: (unread: boolean) => void;
  onArchive: () => void;
  /** Null brings it back now. */
  onSnooze: (until: Date | null) => void;
}) {
  const kind = KINDS[item.kind];
  const place = placeOf(item);
  const about = (
    <>
      <span className={styles.title}>
        {item.unread && <span className="visually-hidden">Unread: </span>}
        {item.title}
        {item.count > 1 && <span className={`${styles.count} number`}> ×{item.count}</span>}
      </span>
      {item.text !== "" && (
        <span className={`${styles.text} truncate`} dir="auto">
          {item.text}
        </span>
      )}
    </>
  );
  return (
    <li className={`${styles.row} ${item.unread ? styles.unread : ""}`} data-item={item.id}>
      <span className={styles.dot} aria-hidden="true">
        {item.unread ? "●" : ""}
      </span>
      <span className={styles.icon} title={kind.word}>
        <kind.icon size={16} />
        <span className="visually-hidden">{kind.word}</span>
      </span>
      {place === null ? (
        <button type="button" className={styles.open} data-open onClick={() => onRead(false)}>
          {about}
        </button>
      ) : (
        <Link {...(place as LinkProps)} className={styles.open} data-open onClick={() => item.unread && onRead(false)}>
          {about}
        </Link>
      )}
      <span className={styles.when}>
        {item.snoozed_until !== null && view === "snoozed" ? (
          <span title={absolute(item.snoozed_until)}>
            back <Ago at={item.snoozed_until} />
          </span>
        ) : (
          <Ago at={item.updated_at} />
        )}
      </span>
      <span className={styles.acts}>
        <IconButton
          size="small"
          label={item.unread ? "Mark as read" : "Mark as unread"}
          icon={item.unread ? <MailOpen size={14} /> : <Mail size={14} />}
          onClick={() => onRead(!item.unread)}
        />
        {view === "snoozed" ? (
          <IconButton size="small" label="Bring back now" icon={<ArchiveRestore size={14} />} onClick={() => onSnooze(null)} />
        ) : (
          view === "open" && (
            <Menu
              label="Put off until"
              open={menuOpen}
              onOpenChange={onMenu}
              align="end"
              trigger={<IconButton size="small" label="Put off" icon={<Clock size={14} />} />}
              items={snoozeTimes(new Date()).map(({ label, until }) => ({
                label,
                hint: absolute(until.toISOString()),
                onSelect: () => onSnooze(until),
              }))}
            />
          )
        )}
        <IconButton
          size="small"
          label={view === "archived" ? "Bring back" : "Archive"}
          icon={view === "archived" ? <ArchiveRestore size={14} /> : <Archive size={14} />}
          onClick={onArchive}
        />
      </span>
    </li>
  );
}
