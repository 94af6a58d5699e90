import { useNavigate } from "@tanstack/react-router";
import { setPaused } from "../live/start";
import { useLiveState } from "../live/state";
import { may } from "../session";
import { signedIn } from "../settings/sections";
import { type Command, useCommands } from "./commands";
import { toggleFolded } from "./folding";
import { density, setDensity, setTheme, toggleTheme } from "./theme";

/** The acts that the palette offers on every page. What the caller may not is not among them. */
export function useEverywhereCommands(onKeys: () => void): void {
  const navigate = useNavigate();
  const { paused } = useLiveState();
  const open = (to: string, search: Record<string, string>) => () => void navigate({ to, search });
  const made = (
    needs: string,
    label: string,
    to: string,
    rest: Partial<Command> = {},
    search: Record<string, string> = { new: "1" },
  ): Command[] => (may(needs) ? [{ label, group: EVERYWHERE, run: open(to, search), ...rest }] : []);

  useCommands([
    ...made("tasks:write", "New task", "/board", { words: "card create add" }),
    ...made("agents:write", "Register an agent", "/agents", { words: "new create" }),
    ...made("events:send", "Send an event", "/events", { words: "trigger emit start" }, { send: "1" }),
    ...made("people:write", "Invite somebody", "/settings/people", { words: "person user member" }),
    ...made("keys:write", "New API key", "/settings/keys", { words: "create token" }),
    ...made("secrets:write", "Set a secret", "/settings/secrets", { words: "new create password" }),
    { label: "Light or dark", group: EVERYWHERE, hotkey: "t", words: "toggle theme mode", run: toggleTheme },
    { label: "Theme as the system", group: EVERYWHERE, words: "light dark auto", run: () => setTheme("system") },
    {
      label: "Denser or looser rows",
      group: EVERYWHERE,
      words: "compact density toggle",
      run: () => setDensity(density() === "compact" ? "normal" : "compact"),
    },
    {
      label: paused ? "Go on with live updates" : "Pause live updates",
      group: EVERYWHERE,
      hotkey: "Space",
      words: "stream resume",
      run: () => setPaused(!paused),
    },
    { label: "Fold or unfold the sidebar", group: EVERYWHERE, hotkey: "mod+b", words: "menu navigation", run: toggleFolded },
    { label: "Keys of this page", group: EVERYWHERE, hotkey: "?", words: "shortcuts help keyboard", run: onKeys },
    ...(signedIn()
      ? [
          {
            label: "Sign out",
            group: EVERYWHERE,
            words: "log out leave",
            run: () => void import("./tenant").then((own) => own.signOut()),
          },
        ]
      : []),
  ]);
}

const EVERYWHERE = "Everywhere";
