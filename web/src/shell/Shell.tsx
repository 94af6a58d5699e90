import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon, Search, SunMoon } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { setPaused } from "../live/start";
import { useLiveState } from "../live/state";
import { IconButton } from "../ui/Button";
import { Kbd } from "../ui/Kbd";
import { Notices } from "../ui/Notices";
import { ConnectionChip } from "./ConnectionChip";
import { PLACES } from "./places";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { SignedOut } from "./SignedOut";
import { toggleTheme } from "./theme";

const Palette = lazy(() => import("./Palette").then(({ Palette }) => ({ default: Palette })));
const KeyList = lazy(() => import("./KeyList").then(({ KeyList }) => ({ default: KeyList })));

/** What stands around every page: where to go, whether it is live, how to find things. */
export function Shell() {
  const navigate = useNavigate();
  const { paused } = useLiveState();
  const [layer, setLayer] = useState<"palette" | "keys" | null>(null);
  const [menu, setMenu] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(() => setMenu(false), [path]);

  useShortcuts([
    { keys: "mod+k", label: "Search and commands", group: "Everywhere", run: () => setLayer("palette") },
    { keys: "?", label: "Keys of this page", group: "Everywhere", run: () => setLayer("keys") },
    { keys: "t", label: "Light or dark", group: "Everywhere", run: toggleTheme },
    { keys: "Space", label: "Pause or go on", group: "Everywhere", run: () => setPaused(!paused) },
    ...PLACES.flatMap((group) => group.places).map((place) => ({
      keys: ["g", place.key] as const,
      label: place.label,
      group: "Go to",
      run: () => void navigate({ to: place.to }),
    })),
  ]);

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <Sidebar open={menu} onNavigate={() => setMenu(false)} />
      {menu && <button type="button" className={styles.scrim} aria-label="Close the menu" onClick={() => setMenu(false)} />}
      <div className={styles.column}>
        <header className={styles.top}>
          <IconButton
            className={styles.menu}
            label="Menu"
            aria-expanded={menu}
            aria-controls="sidebar"
            icon={<MenuIcon size={18} />}
            onClick={() => setMenu(!menu)}
          />
          <button type="button" className={styles.search} onClick={() => setLayer("palette")}>
            <Search size={14} />
            <span className={styles.searchWord}>Search or run a command</span>
            <Kbd keys="mod+k" />
          </button>
          <span className={styles.gap} />
          <ConnectionChip />
          <IconButton label="Light or dark" icon={<SunMoon size={16} />} onClick={toggleTheme} />
        </header>
        <SignedOut />
        <main id="main" className={styles.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Notices />
      <Suspense>
        {layer === "palette" && <Palette onClose={() => setLayer(null)} onKeys={() => setLayer("keys")} />}
        {layer === "keys" && <KeyList onClose={() => setLayer(null)} />}
      </Suspense>
    </div>
  );
}
