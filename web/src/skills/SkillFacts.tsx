import { Link } from "@tanstack/react-router";
import { Ago } from "../ui/Ago";
import type { SkillDetail } from "./queries";
import styles from "./SkillFacts.module.css";
import { byteWords, sourceWords, vouchedWords } from "./skill_words";

/** What a version brings with it, where it came from, and how far it is trusted. */
export function SkillFacts({ skill }: { skill: SkillDetail }) {
  return (
    <dl className={styles.facts}>
      <dt>Tools that it gives</dt>
      <dd>
        <Tools names={skill.tools} none="none: it is text alone" />
      </dd>
      {skill.optional_tools.length > 0 && (
        <>
          <dt>And those of these that are there</dt>
          <dd>
            <Tools names={skill.optional_tools} none="" />
          </dd>
        </>
      )}
      <dt>{skill.vouched ? "Vouched for" : "Not vouched for"}</dt>
      <dd>{vouchedWords(skill.vouched)}</dd>
      <dt>Where it came from</dt>
      <dd>
        {sourceWords(skill)}, <Ago at={skill.created_at} />
      </dd>
      {skill.deprecated_at !== null && (
        <>
          <dt>Deprecated</dt>
          <dd>
            <Ago at={skill.deprecated_at} />
            {skill.deprecation ? `: ${skill.deprecation}` : ""}
          </dd>
        </>
      )}
      {skill.license !== null && (
        <>
          <dt>License</dt>
          <dd>{skill.license}</dd>
        </>
      )}
      {skill.compatibility !== null && (
        <>
          <dt>Compatibility</dt>
          <dd>{skill.compatibility}</dd>
        </>
      )}
      {skill.allowed_tools !== null && (
        <>
          <dt>Says of itself that it may use</dt>
          <dd>
            <code>{skill.allowed_tools}</code> (that allows nothing here: what may run without a person is policy)
          </dd>
        </>
      )}
      {Object.entries(skill.metadata).map(([name, value]) => (
        <div key={name} className={styles.pair}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <dt>Size</dt>
      <dd>
        {skill.files === 1 ? "1 file" : `${skill.files} files`}, {byteWords(skill.bytes)}
      </dd>
      <dt>Hash of all its files</dt>
      <dd>
        <code title={skill.tree}>{skill.tree.slice(0, 16)}…</code>
      </dd>
    </dl>
  );
}

function Tools({ names, none }: { names: readonly string[]; none: string }) {
  if (names.length === 0) return <span className="faint">{none}</span>;
  return (
    <ul className={styles.tools}>
      {names.map((name) => (
        <li key={name}>
          <Link to="/tools" search={{ tool: name }} className="mono">
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}
