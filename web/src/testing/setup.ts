import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Test files share a world: what one of them put into it is gone before the next.
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
