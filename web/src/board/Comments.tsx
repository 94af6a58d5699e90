import { useQuery } from "@tanstack/react-query";
import { type Ref, useState } from "react";
import type { Schema } from "../api/client";
import { may, session } from "../session";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Markdown } from "../ui/Markdown";
import { CommentBox } from "./CommentBox";
import styles from "./Comments.module.css";
import { allComments, type Task } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

type Comment = Schema<"CommentOut">;

/** So many come with a task: then there may be older ones. */
const WITH_TASK = 100;

/** What is said on a task, with answers below what they answer, and a box to say something. */
export function Comments({ task, acts, box }: { task: Task; acts: TaskActs; box: Ref<HTMLTextAreaElement> }) {
  const [older, setOlder] = useState(false);
  const all = useQuery({ ...allComments(task.key), enabled: older });
  const comments = all.data ?? task.comments;
  const agent = task.assignee?.agent;
  const known = new Set(comments.map((one) => one.id));
  const first = comments.filter((one) => one.reply_to === null || !known.has(one.reply_to));
  return (
    <div className={styles.comments}>
      {!older && task.comments.length >= WITH_TASK && (
        <Button size="small" onClick={() => setOlder(true)}>
          Show older comments
        </Button>
      )}
      {comments.length === 0 && <p className="quiet">Nobody has said anything yet.</p>}
      <ol className={styles.list}>
        {first.map((comment) => (
          <li key={comment.id} className={styles.thread}>
            <One comment={comment} acts={acts} canReply={comment.reply_to === null} />
            <Replies of={comment} comments={comments} acts={acts} />
          </li>
        ))}
      </ol>
      {may("tasks:write") && (
        <CommentBox
          ref={box}
          label="Comment"
          placeholder={agent === undefined ? "Say something" : `Say something; @${agent} reads what names it`}
          send={(text) => acts.comment(text, null)}
        />
      )}
    </div>
  );
}

function Replies({ of, comments, acts }: { of: Comment; comments: readonly Comment[]; acts: TaskActs }) {
  const replies = comments.filter((one) => one.reply_to === of.id);
  if (replies.length === 0) return null;
  return (
    <ol className={styles.replies}>
      {replies.map((reply) => (
        <li key={reply.id}>
          <One comment={reply} acts={acts} canReply={false} />
        </li>
      ))}
    </ol>
  );
}

function One({ comment, acts, canReply }: { comment: Comment; acts: TaskActs; canReply: boolean }) {
  const [mode, setMode] = useState<"read" | "edit" | "reply">("read");
  const { me } = session();
  /** Once it arrived there is nothing to write any more. */
  const read = async (sent: Promise<boolean>) => {
    const arrived = await sent;
    if (arrived) setMode("read");
    return arrived;
  };
  const own = comment.author === me.name && comment.author_kind === me.kind;
  return (
    <article className={styles.comment} aria-label={`Comment by ${comment.author}`}>
      <header className={styles.head}>
        <Avatar name={comment.author} kind={comment.author_kind === "agent" ? "agent" : "person"} />
        <span className={`${styles.author} truncate`}>{comment.author}</span>
        <Ago at={comment.created_at} className="faint" />
        {comment.edited_at !== null && !comment.deleted && <span className="faint">changed</span>}
      </header>
      {comment.deleted ? (
        <p className="faint">This comment was deleted.</p>
      ) : mode === "edit" ? (
        <CommentBox
          label="Change the comment"
          placeholder=""
          first={comment.text}
          sendWord="Save"
          send={(text) => read(acts.editComment(comment.id, text))}
          onCancel={() => setMode("read")}
        />
      ) : (
        <Markdown text={comment.text} />
      )}
      {!comment.deleted && mode === "read" && may("tasks:write") && (
        <div className={styles.acts}>
          {canReply && (
            <Button look="bare" size="small" onClick={() => setMode("reply")}>
              Reply
            </Button>
          )}
          {own && (
            <Button look="bare" size="small" onClick={() => setMode("edit")}>
              Edit
            </Button>
          )}
          {own && (
            <Button look="bare" size="small" onClick={() => void acts.deleteComment(comment.id)}>
              Delete
            </Button>
          )}
        </div>
      )}
      {mode === "reply" && (
        <CommentBox
          label={`Reply to ${comment.author}`}
          placeholder={`Reply to ${comment.author}`}
          sendWord="Reply"
          send={(text) => read(acts.comment(text, comment.id))}
          onCancel={() => setMode("read")}
        />
      )}
    </article>
  );
}
