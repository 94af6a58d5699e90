import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon, Search, SunMoon } from "lucide-react";
import { lazy, type MouseEvent, Suspense, useCallback, useEffect, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { setPaused } from "../live/start";
import { useLiveState } from "../live/state";
import { IconButton } from "../ui/Button";
import { Kbd } from "../ui/Kbd";
import { Notices } from "../ui/Notices";
import { Banners } from "./Banners";
import { ConnectionChip } from "./ConnectionChip";
import { useEverywhereCommands } from "./everywhere";
import { toggleFolded } from "./folding";
import { lazyPart, part } from "./part";
import { PLACES } from "./places";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { toggleTheme } from "./theme";
import { useArrival } from "./useArrival";

const fetchPalette = () => part(() => import("./Palette")).then(({ Palette }) => ({ default: Palette }));
const Palette = lazy(fetchPalette);
const KeyList = lazyPart(() => import("./KeyList").then(({ KeyList }) => ({ default: KeyList })));

/** What stands around every page: where to go, whether it is live, how to find things. */
export function Shell() {
  const navigate = useNavigate();
  const { paused } = useLiveState();
  const [layer, setLayer] = useState<"palette" | "keys" | null>(null);
  const [menu, setMenu] = useState(false);
  const closeMenu = useCallback(() => setMenu(false), []);
  const loading = useRouterState({ select: (state) => state.isLoading });
  const said = useArrival();
  useEverywhereCommands(() => setLayer("keys"));

  useShortcuts([
    { keys: "mod+k", label: "Search and commands", group: "Everywhere", run: () => setLayer("palette") },
    { keys: "?", label: "Keys of this page", group: "Everywhere", run: () => setLayer("keys") },
    { keys: "t", label: "Light or dark", group: "Everywhere", run: toggleTheme },
    { keys: "Space", label: "Pause or go on", group: "Everywhere", run: () => setPaused(!paused) },
    { keys: "mod+b", label: "Fold the sidebar", group: "Everywhere", run: toggleFolded },
    ...PLACES.flatMap((group) => group.places).map((place) => ({
      keys: ["g", place.key] as const,
      label: place.label,
      group: "Go to",
      run: () => void navigate({ to: place.to }),
    })),
  ]);

  // So that it opens at once when it is wanted; the page itself comes first.
  useEffect(() => {
    if (!("requestIdleCallback" in window)) return; // Safari: when it is pointed at, or wanted
    const wish = requestIdleCallback(() => void fetchPalette(), { timeout: 2_000 });
    return () => cancelIdleCallback(wish);
  }, []);

  return (
    <div className={styles.shell}>
      {/* biome-ignore lint/a11y/useValidAnchor: it does go to a place of this page; only the address is left as it is */}
      <a className={styles.skip} href="#main" onClick={skip}>
        Skip to the page
      </a>
      <Sidebar open={menu} onClose={closeMenu} />
      {menu && <button type="button" className={styles.scrim} aria-label="Close the menu" onClick={closeMenu} />}
      {/* Below an open menu nothing can be reached. */}
      <div className={styles.column} inert={menu}>
        <header className={styles.top}>
          <IconButton
            className={styles.menu}
            label="Menu"
            aria-expanded={menu}
            aria-controls="sidebar"
            icon={<MenuIcon size={18} />}
            onClick={() => setMenu(!menu)}
          />
          <button
            type="button"
            className={styles.search}
            onClick={() => setLayer("palette")}
            onPointerEnter={() => void fetchPalette()}
          >
            <Search size={14} />
            <span className={styles.searchWord}>Search or run a command</span>
            <Kbd keys="mod+k" />
          </button>
          <span className={styles.gap} />
          <ConnectionChip />
          <IconButton label="Light or dark" icon={<SunMoon size={16} />} onClick={toggleTheme} />
        </header>
        {loading && <div className={styles.pending} />}
        <Banners />
        <main id="main" className={styles.main} tabIndex={-1} aria-busy={loading || undefined}>
          <Outlet />
        </main>
      </div>
      <Notices />
      <p className="visually-hidden" role="status">
        {said}
      </p>
      <Suspense>
        {layer === "palette" && <Palette onClose={() => setLayer(null)} />}
        {layer === "keys" && <KeyList onClose={() => setLayer(null)} />}
      </Suspense>
    </div>
  );
}

/** The address stays as it is: it is that of the page. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
