// Before the first paint, so that nobody who works in the dark is blinded by a white page.
try {
  const theme = localStorage.getItem("flowforge.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (localStorage.getItem("flowforge.density") === "compact") document.documentElement.dataset.density = "compact";
} catch {
  // Storage is blocked: the page follows the system.
}
