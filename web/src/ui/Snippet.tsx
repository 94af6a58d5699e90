import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "./Button";
import { copyText } from "./copy";
import styles from "./Snippet.module.css";

/** Code that somebody is to run or to read, with a button that copies it. A command is seen whole; a program keeps its lines, and scrolls. */
export function Snippet({ text, label = "Copy" }: { text: string; label?: string }) {
  return (
    <div className={styles.snippet}>
      {text.includes("\n") ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        <pre tabIndex={0}>
          <code>{text}</code>
        </pre>
      ) : (
        <pre className={styles.command}>
          <code>{text.split(/(\s+)/).map(whole)}</code>
        </pre>
      )}
      <CopyButton text={text} label={label} />
    </div>
  );
}

/** A line ends between words: `--event` stays in one piece where there is room for it. */
function whole(part: string, index: number) {
  return index % 2 === 1 ? part : <span key={index}>{part}</span>;
}

/** A button that copies, and says for two seconds that it did. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <IconButton
        size="small"
        label={copied ? "Copied" : label}
        icon={copied ? <Check size={14} /> : <Copy size={14} />}
        onClick={() => copyText(text).then(() => setCopied(true))}
      />
      <span role="status" className="visually-hidden">
        {copied ? "Copied" : ""}
      </span>
    </>
  );
}
