import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { LiveQueryClient } from "./query";

test("what becomes stale while it is fetched for the first time is fetched once more", async () => {
  const client = new LiveQueryClient();
  let answer = "old";
  const hand: (() => void)[] = [];
  const queryFn = vi.fn(() => {
    const found = answer;
    return new Promise<string>((resolve) => hand.push(() => resolve(found)));
  });
  const observer = new QueryObserver(client, {
    queryKey: ["approvals", "by task"],
    queryFn,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const end = observer.subscribe(() => {});
  await vi.waitFor(() => expect(hand).toHaveLength(1));

  answer = "new";
  void client.invalidateQueries({ queryKey: ["approvals"] });
  hand[0]?.();
  await vi.waitFor(() => expect(hand).toHaveLength(2));
  hand[1]?.();

  await vi.waitFor(() => expect(client.getQueryData(["approvals", "by task"])).toBe("new"));
  expect(queryFn).toHaveBeenCalledTimes(2);
  end();
});
