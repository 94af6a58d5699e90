/** What can be allowed, by what it is about: `runs` → read, start, control. */
export function byResource(permissions: readonly string[]): Map<string, string[]> {
  const resources = new Map<string, string[]>();
  for (const permission of permissions) {
    const [resource = "", verb = ""] = permission.split(":");
    resources.set(resource, [...(resources.get(resource) ?? []), verb]);
  }
  return resources;
}

/** Whether a permission is among what these scopes allow: `*:read` allows `runs:read`. */
export function allows(scopes: readonly string[], permission: string): boolean {
  return scopes.some((scope) => new RegExp(`^${scope.split("*").map(escaped).join(".*")}$`).test(permission));
}

/** The scopes with one permission more or less. A pattern that covered it becomes what it stood for. */
export function toggled(scopes: readonly string[], permission: string, known: readonly string[]): string[] {
  if (!allows(scopes, permission)) return [...scopes, permission];
  const [patterns, single] = [scopes.filter((scope) => scope.includes("*")), scopes.filter((scope) => !scope.includes("*"))];
  const spelled = known.filter((one) => allows(patterns, one));
  return [...new Set([...single, ...(allows(patterns, permission) ? spelled : patterns)])].filter((one) => one !== permission);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
