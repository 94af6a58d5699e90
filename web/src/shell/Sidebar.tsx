import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { approvalCounts } from "../approvals/queries";
import { session } from "../session";
import { PLACES } from "./places";
import styles from "./Sidebar.module.css";

/** Where everything is. On a narrow page it opens over the rest. */
export function Sidebar({ open, onNavigate }: { open: boolean; onNavigate: () => void }) {
  const { me } = session();
  return (
    <nav id="sidebar" className={`${styles.sidebar} ${open ? styles.open : ""}`} aria-label="Main">
      <Link to="/board" className={styles.brand} onClick={onNavigate}>
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="var(--ink)" />
          <path d="M10 8h13v4.2H14.6v3.6h7v4.1h-7V25H10z" fill="var(--ember-fill)" />
        </svg>
        FlowForge
      </Link>
      <div className={styles.groups}>
        {PLACES.map((group) => (
          <section key={group.label}>
            <h2 className={styles.group}>{group.label}</h2>
            <ul>
              {group.places.map((place) => (
                <li key={place.to}>
                  <Link to={place.to} className={styles.place} activeProps={{ "aria-current": "page" }} onClick={onNavigate}>
                    <place.icon size={16} />
                    <span className={styles.name}>{place.label}</span>
                    {place.to === "/approvals" && <WaitingCount />}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <p className={styles.who}>
        <span className="truncate">{me.name}</span>
        <span className="truncate faint">{me.tenant}</span>
      </p>
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
