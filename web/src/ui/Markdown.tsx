import { Suspense } from "react";
import { lazyPart } from "../shell/part";
import styles from "./Markdown.module.css";

const MarkdownTree = lazyPart(() => import("./MarkdownTree").then(({ MarkdownTree }) => ({ default: MarkdownTree })));

/** Beyond this a text is shown as it was written: reading it as Markdown would hold up the page. */
const CHARACTERS_MAX = 100_000;

/**
 * What people, agents and models wrote, as Markdown that can do nothing: HTML in it is text, links go to http, https and mail alone and open
 * beside the page, and pictures are links, because nothing is loaded from anywhere. Headings begin below those of the page.
 *
 *     <Markdown text={task.description} />
 */
export function Markdown({ text, className }: { text: string; className?: string }) {
  const plain = <p className={styles.plain}>{text}</p>;
  return (
    <div className={[styles.markdown, className].filter(Boolean).join(" ")} dir="auto">
      {text.length > CHARACTERS_MAX ? (
        plain
      ) : (
        <Suspense fallback={<div className={styles.coming}>{plain}</div>}>
          <MarkdownTree text={text} />
        </Suspense>
      )}
    </div>
  );
}
