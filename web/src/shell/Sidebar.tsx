import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PanelLeft } from "lucide-react";
import { Suspense, useEffect, useRef } from "react";
import { approvalCounts } from "../approvals/queries";
import { may } from "../session";
import { IconButton } from "../ui/Button";
import { toggleFolded, useFolded } from "./folding";
import { lazyPart } from "./part";
import { PLACES } from "./places";
import styles from "./Sidebar.module.css";
import { WhoButton } from "./WhoButton";

const Who = lazyPart(() => import("./Who").then(({ Who }) => ({ default: Who })));

/** Where everything is. Folded it shows pictures alone; on a narrow page it opens over the rest, and Escape closes it. */
export function Sidebar({ open, onClose }: { open: boolean; onClose: () => void }) {
  const folded = useFolded() && !open;
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!open) return;
    const before = document.activeElement;
    const first = (which: string) => place.current?.querySelector<HTMLElement>(which);
    (first("li [aria-current]") ?? first("li a"))?.focus();
    const listen = (event: KeyboardEvent) => event.key === "Escape" && onClose();
    addEventListener("keydown", listen);
    return () => {
      removeEventListener("keydown", listen);
      if (before instanceof HTMLElement) before.focus();
    };
  }, [open, onClose]);

  return (
    <nav
      ref={place}
      id="sidebar"
      data-folded={folded || undefined}
      className={`${styles.sidebar} ${open ? styles.open : ""}`}
      aria-label="Main"
    >
      <div className={styles.head}>
        <Link to="/board" className={styles.brand} onClick={onClose} aria-label="FlowForge">
          <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
            <rect width="32" height="32" rx="7" fill="var(--ink)" />
            <path d="M10 8h13v4.2H14.6v3.6h7v4.1h-7V25H10z" fill="var(--ember-fill)" />
          </svg>
          <span className={styles.wide}>FlowForge</span>
        </Link>
        <IconButton
          className={styles.fold}
          size="small"
          label={folded ? "Unfold the sidebar" : "Fold the sidebar"}
          aria-expanded={!folded}
          icon={<PanelLeft size={16} />}
          onClick={toggleFolded}
        />
      </div>
      <div className={styles.groups}>
        {PLACES.map((group) => (
          <section key={group.label}>
            <h2 className={styles.group}>{group.label}</h2>
            <ul>
              {group.places.map((one) => (
                <li key={one.to}>
                  <Link
                    to={one.to}
                    className={styles.place}
                    activeProps={{ "aria-current": "page" }}
                    onClick={onClose}
                    title={folded ? one.label : undefined}
                  >
                    <one.icon size={16} />
                    <span className={styles.name}>{one.label}</span>
                    {one.to === "/approvals" && may("approvals:read") && <WaitingCount />}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <div className={styles.foot}>
        <Suspense fallback={<WhoButton />}>
          <Who onClose={onClose} />
        </Suspense>
      </div>
    </nav>
  );
}

/** How many approvals wait for the reader. */
function WaitingCount() {
  const { data } = useQuery(approvalCounts);
  if (data === undefined || data.mine === 0) return null;
  return (
    <span className={styles.count}>
      {data.mine}
      <span className="visually-hidden"> wait for you</span>
    </span>
  );
}
