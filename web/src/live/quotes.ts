import { createContext } from "react";

/** A message to an agent: a frame tells that it was heard, and names it; its words are asked for beside the stream. */
export type Quoted = { text: string; by: string; turn: number | null };

export const NO_QUOTES: ReadonlyMap<string, Quoted> = new Map();

/** The words of the messages that a transcript tells of, by what its frames call them. */
export const Quotes = createContext(NO_QUOTES);
