import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { createElement, Fragment, type ReactNode, useMemo } from "react";

/** Elements that are shown as they are. All others are their text. */
const PLAIN = new Set(
  "p ul ol li blockquote pre code em strong del hr br table thead tbody tr th td sup section h1 h2 h3 h4 h5 h6".split(" "),
);
const SAFE_ADDRESS = /^(https?:|mailto:)/i;
const OWN_ADDRESS = /^\/(?!\/)/;

/** Markdown as elements of React, made one by one of a list of what is allowed: no HTML is ever put into the page. */
export function MarkdownTree({ text }: { text: string }) {
  const children = useMemo(() => {
    const html = micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()] });
    const body = new DOMParser().parseFromString(html, "text/html").body;
    lowerHeadings(body);
    return shownAll(body);
  }, [text]);
  return <>{children}</>;
}

/** The highest heading of a text is the page's third level: above it are the page's name and the section. No level is left out between. */
function lowerHeadings(body: Element): void {
  const found = [...body.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  const levels = [...new Set(found.map((one) => one.tagName))].sort();
  for (const one of found) one.setAttribute("data-level", `h${Math.min(3 + levels.indexOf(one.tagName), 6)}`);
}

function headingOf(element: Element): string | null {
  return element.getAttribute("data-level");
}

function shownAll(parent: Node): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no identity but their place
  return [...parent.childNodes].map((node, index) => <Fragment key={index}>{shown(node)}</Fragment>);
}

function shown(node: Node): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return isLayout(node) ? null : node.textContent;
  if (!(node instanceof Element) && node.nodeType !== Node.ELEMENT_NODE) return null;
  const element = node as Element;
  const name = element.tagName.toLowerCase();
  switch (name) {
    case "a":
      return link(element);
    case "img":
      return picture(element);
    case "input":
      return tick(element);
    case "pre":
    case "table":
      return scrolling(name, element);
    case "script":
    case "style":
      return null;
  }
  if (!PLAIN.has(name)) return shownAll(element);
  if (name === "hr" || name === "br") return createElement(name);
  return createElement(headingOf(element) ?? name, attributes(name, element), ...shownAll(element));
}

/** The line ends between the rows of a table, which React refuses there. */
function isLayout(node: Node): boolean {
  return node.textContent?.trim() === "" && /^(TABLE|THEAD|TBODY|TR|UL|OL)$/.test(node.parentNode?.nodeName ?? "");
}

function attributes(name: string, element: Element): Record<string, unknown> | null {
  const start = element.getAttribute("start");
  if (name === "ol" && start !== null && Number.isInteger(Number(start))) return { start: Number(start) };
  const align = element.getAttribute("align");
  if ((name === "th" || name === "td") && align !== null) return { "data-align": align };
  return null;
}

function link(element: Element): ReactNode {
  const address = element.getAttribute("href") ?? "";
  const inside = shownAll(element);
  if (OWN_ADDRESS.test(address)) return <a href={address}>{inside}</a>;
  if (!SAFE_ADDRESS.test(address)) return inside;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow ugc">
      {inside}
    </a>
  );
}

/** A picture is not fetched, which would tell its host who reads this: it is named and linked. */
function picture(element: Element): ReactNode {
  const address = element.getAttribute("src") ?? "";
  const words = element.getAttribute("alt") || "picture";
  if (!SAFE_ADDRESS.test(address)) return words;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow ugc">
      {words} ↗
    </a>
  );
}

function tick(element: Element): ReactNode {
  const done = element.hasAttribute("checked");
  return (
    <span role="img" aria-label={done ? "done" : "to do"}>
      {done ? "☑" : "☐"}
    </span>
  );
}

/** What may be wider than the column scrolls in its own box, by the keyboard too. */
function scrolling(name: "pre" | "table", element: Element): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <div data-scrolls tabIndex={0}>
      {createElement(name, null, ...shownAll(element))}
    </div>
  );
}
