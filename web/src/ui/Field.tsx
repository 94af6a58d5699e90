import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import styles from "./Field.module.css";

type Common = {
  label: string;
  /** What to write, before anything is wrong. */
  hint?: ReactNode;
  /** What is wrong with it, as the server or the form says. */
  error?: string;
  /** The label is for screen readers alone: the place says what it is. */
  labelHidden?: boolean;
};

function Frame({ id, label, hint, error, labelHidden, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={labelHidden ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className={styles.error}>
          ✗ {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, { hint, error }: Common) {
  const ids = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(" ");
  return { id, "aria-describedby": ids || undefined, "aria-invalid": error !== undefined || undefined };
}

/** A line of text, a number, a date, with its label. */
export function TextField({
  label,
  hint,
  error,
  labelHidden,
  className,
  ref,
  ...rest
}: Common & InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  const id = useId();
  const common = { label, hint, error, labelHidden };
  return (
    <Frame id={id} {...common}>
      <input
        type="text"
        {...rest}
        {...described(id, common)}
        ref={ref}
        className={[styles.control, className].filter(Boolean).join(" ")}
      />
    </Frame>
  );
}

/** Several lines of text. `code` is for what a machine reads. */
export function TextArea({
  label,
  hint,
  error,
  labelHidden,
  code = false,
  className,
  ref,
  ...rest
}: Common & TextareaHTMLAttributes<HTMLTextAreaElement> & { code?: boolean; ref?: Ref<HTMLTextAreaElement> }) {
  const id = useId();
  const common = { label, hint, error, labelHidden };
  return (
    <Frame id={id} {...common}>
      <textarea
        rows={4}
        {...rest}
        {...described(id, common)}
        ref={ref}
        className={[styles.control, styles.area, code && styles.code, className].filter(Boolean).join(" ")}
      />
    </Frame>
  );
}

/** One of a few. The browser's own list: it works with every keyboard, phone and screen reader. */
export function SelectField({
  label,
  hint,
  error,
  labelHidden,
  children,
  className,
  ref,
  ...rest
}: Common & SelectHTMLAttributes<HTMLSelectElement> & { ref?: Ref<HTMLSelectElement> }) {
  const id = useId();
  const common = { label, hint, error, labelHidden };
  return (
    <Frame id={id} {...common}>
      <select
        {...rest}
        {...described(id, common)}
        ref={ref}
        className={[styles.control, styles.select, className].filter(Boolean).join(" ")}
      >
        {children}
      </select>
    </Frame>
  );
}

/** Yes or no. */
export function CheckField({ label, hint, error, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input type="checkbox" {...rest} {...described(id, { label, hint, error })} />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className={styles.error}>
          ✗ {error}
        </p>
      )}
    </div>
  );
}
