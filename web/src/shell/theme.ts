import { useSyncExternalStore } from "react";

/** `system` follows the machine. The choice is kept in this browser; theme.js puts it on before the first paint. */
export type Theme = "system" | "light" | "dark";
export type Density = "normal" | "compact";

const THEME = "flowforge.theme";
const DENSITY = "flowforge.density";
const listeners = new Set<() => void>();

export function theme(): Theme {
  const kept = localStorage.getItem(THEME);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function setTheme(next: Theme): void {
  keep(THEME, next === "system" ? null : next);
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  tell();
}

/** Light becomes dark and dark light, whatever the machine prefers. */
export function toggleTheme(): void {
  const dark = theme() === "dark" || (theme() === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  setTheme(dark ? "light" : "dark");
}

export function density(): Density {
  return localStorage.getItem(DENSITY) === "compact" ? "compact" : "normal";
}

export function setDensity(next: Density): void {
  keep(DENSITY, next === "normal" ? null : next);
  if (next === "normal") delete document.documentElement.dataset.density;
  else document.documentElement.dataset.density = next;
  tell();
}

export function useLook(): { theme: Theme; density: Density } {
  const shape = useSyncExternalStore(subscribe, () => `${theme()} ${density()}`);
  const [shownTheme, shownDensity] = shape.split(" ") as [Theme, Density];
  return { theme: shownTheme, density: shownDensity };
}

function keep(name: string, value: string | null): void {
  if (value === null) localStorage.removeItem(name);
  else localStorage.setItem(name, value);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
