import { AtSign, CalendarClock, CheckCheck, CircleHelp, MessageSquare, ShieldCheck, UserPlus } from "lucide-react";
import type { ComponentType } from "react";
import type { Schema } from "../api/client";

export type Item = Schema<"ItemOut">;
export type ItemKind = Item["kind"];

/** What each kind of item is called, one and several, and its picture. */
export const KINDS: Record<ItemKind, { word: string; several: string; icon: ComponentType<{ size?: number }> }> = {
  assigned: { word: "assigned to you", several: "Assigned to you", icon: UserPlus },
  mentioned: { word: "mentions you", several: "Mentions", icon: AtSign },
  commented: { word: "comment", several: "Comments", icon: MessageSquare },
  done: { word: "finished", several: "Finished", icon: CheckCheck },
  due: { word: "due", several: "Due", icon: CalendarClock },
  question: { word: "question", several: "Questions", icon: CircleHelp },
  approval: { word: "approval", several: "Approvals", icon: ShieldCheck },
};

export function isKind(value: string | undefined): value is ItemKind {
  return value !== undefined && value in KINDS;
}

/** Where an item leads: to what it is about. */
export function placeOf(item: Item): { to: string; params?: Record<string, string>; search?: Record<string, string> } | null {
  if (item.kind === "approval") return { to: "/approvals/$id", params: { id: item.subject.slice(-8) } };
  if (item.kind === "question") return { to: "/inbox", search: { view: "questions", question: item.subject.slice(-8) } };
  return item.task === null ? null : { to: "/board/$key", params: { key: item.task } };
}
