import { family } from "../live/frame";
import { listen } from "../live/start";

/** Act when the tenant's stream tells of a family of frames, at most once in so many milliseconds, and once after the last. Returns what ends it. */
export function onFramesHere(name: string, everyMs: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = listen((frames) => {
    if (timer !== undefined || !frames.some((frame) => family(frame) === name)) return;
    timer = setTimeout(() => {
      timer = undefined;
      act();
    }, everyMs);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
