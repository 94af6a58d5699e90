import styles from "./Avatar.module.css";

/** The first letter of somebody's name: agents are square, people are round. */
export function Avatar({ name, kind, size = 20 }: { name: string; kind: "agent" | "person"; size?: number }) {
  return (
    <span
      className={`${styles.avatar} ${styles[kind]}`}
      style={{ width: size, height: size, fontSize: size * 0.55 }}
      aria-hidden="true"
    >
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}
