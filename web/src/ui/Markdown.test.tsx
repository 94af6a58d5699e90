import { render, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { Markdown } from "./Markdown";
import { MarkdownTree } from "./MarkdownTree";

test("HTML in a text stays text", () => {
  const { container } = render(<MarkdownTree text={'<img src=x onerror="alert(1)"> <script>alert(2)</script> <b>bold</b>'} />);
  expect(container.querySelector("img, script, b")).toBeNull();
  expect(container.textContent).toContain("<script>alert(2)</script>");
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "JaVaScRiPt:alert(1)",
  "//evil.example",
  "file:///etc/passwd",
])("a link to %s goes nowhere", (address) => {
  const { container } = render(<MarkdownTree text={`[here](${address}) <${address}>`} />);
  for (const link of container.querySelectorAll("a")) expect(link.getAttribute("href")).toMatch(/^(https?:|mailto:)/);
  expect(container.textContent).toContain("here");
});

test("a link opens beside the page and tells nobody where it stood", () => {
  render(<MarkdownTree text="see https://example.com/a" />);
  const link = screen.getByRole("link");
  expect(link.getAttribute("target")).toBe("_blank");
  expect(link.getAttribute("rel")).toContain("noopener noreferrer");
});

test("a picture is a link, and nothing is fetched", () => {
  const { container } = render(<MarkdownTree text="![the parcel](https://example.com/a.png)" />);
  expect(container.querySelector("img")).toBeNull();
  expect(screen.getByRole("link").textContent).toBe("the parcel ↗");
});

test("tables, ticks and headings below the page's own", () => {
  const { container } = render(<MarkdownTree text={"# Plan\n\n- [x] ask\n- [ ] pay\n\n| a | b |\n|---|--:|\n| 1 | 2 |"} />);
  expect(container.querySelector("h3")?.textContent).toBe("Plan");
  expect(screen.getByRole("img", { name: "done" })).toBeTruthy();
  expect(container.querySelectorAll("td")).toHaveLength(2);
});

test("mentions stay as they were written", async () => {
  render(<Markdown text='@atlas and @"Mira Lund", **now**' />);
  await waitFor(() => expect(screen.getByText("now").tagName).toBe("STRONG"));
  expect(document.body.textContent).toContain('@atlas and @"Mira Lund", now');
});
