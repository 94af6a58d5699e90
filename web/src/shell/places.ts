import {
  Activity,
  Boxes,
  CircleDollarSign,
  FunctionSquare,
  Inbox,
  KanbanSquare,
  ScrollText,
  Settings,
  ShieldCheck,
  Stamp,
  Users,
  Wrench,
} from "lucide-react";
import type { ComponentType } from "react";

/** A page of the sidebar. `key` is the second key after g. */
export type Place = { to: string; label: string; icon: ComponentType<{ size?: number }>; key: string };
export type PlaceGroup = { label: string; places: readonly Place[] };

export const PLACES: readonly PlaceGroup[] = [
  {
    label: "Work",
    places: [
      { to: "/board", label: "Board", icon: KanbanSquare, key: "b" },
      { to: "/approvals", label: "Approvals", icon: ShieldCheck, key: "p" },
      { to: "/inbox", label: "Inbox", icon: Inbox, key: "i" },
      { to: "/agents", label: "Agents", icon: Users, key: "a" },
    ],
  },
  {
    label: "Engine",
    places: [
      { to: "/runs", label: "Runs", icon: Activity, key: "r" },
      { to: "/events", label: "Events", icon: ScrollText, key: "e" },
      { to: "/functions", label: "Functions", icon: FunctionSquare, key: "f" },
    ],
  },
  {
    label: "Govern",
    places: [
      { to: "/costs", label: "Costs", icon: CircleDollarSign, key: "c" },
      { to: "/skills", label: "Skills", icon: Boxes, key: "s" },
      { to: "/tools", label: "Tools", icon: Wrench, key: "o" },
      { to: "/audit", label: "Audit", icon: Stamp, key: "u" },
      { to: "/settings", label: "Settings", icon: Settings, key: "," },
    ],
  },
];
