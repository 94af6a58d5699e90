import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { useState } from "react";
import { ownSession } from "../people/queries";
import { session } from "../session";
import { signedIn } from "../settings/sections";
import { Menu, type MenuItem } from "../ui/Menu";
import { signOut, switchTenant } from "./tenant";
import { setTheme, useLook } from "./theme";
import { WhoButton } from "./WhoButton";

/** What is the reader's own: their account, how it looks, in which tenant they work, and the way out. */
export function Who({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const look = useLook();
  const { data } = useQuery({ ...ownSession, enabled: open && signedIn() });
  const to = (section: string) => {
    onClose();
    void navigate({ to: "/settings/$section", params: { section } });
  };

  const tenants: MenuItem[] = (data?.tenants ?? []).map((tenant) => ({
    label: tenant.name,
    hint: tenant.role,
    checked: tenant.name === session().me.tenant,
    onSelect: () => switchTenant(tenant.name),
  }));
  const items: (MenuItem | "separator")[] = [
    ...(tenants.length > 1 ? [...tenants, "separator" as const] : []),
    ...(signedIn() ? [{ label: "Account", icon: <UserRound size={14} />, onSelect: () => to("account") }] : []),
    { label: "As the system", icon: <Monitor size={14} />, checked: look.theme === "system", onSelect: () => setTheme("system") },
    { label: "Light", icon: <Sun size={14} />, checked: look.theme === "light", onSelect: () => setTheme("light") },
    { label: "Dark", icon: <Moon size={14} />, checked: look.theme === "dark", onSelect: () => setTheme("dark") },
    { label: "More of the appearance…", onSelect: () => to("appearance") },
    ...(signedIn() ? ["separator" as const, { label: "Sign out", icon: <LogOut size={14} />, onSelect: signOut }] : []),
  ];
  return <Menu trigger={<WhoButton />} label="You" items={items} open={open} onOpenChange={setOpen} />;
}
