import { EffectMark } from "../../tools/EffectMark";
import { type Tool, useTools } from "../../tools/queries";
import { approvalWords, originWords } from "../../tools/tool_words";
import { SelectField } from "../../ui/Field";
import { ChosenList } from "./ChosenList";
import styles from "./ChosenList.module.css";
import { useWhole } from "./SkillsField";

type Approval = Record<string, unknown>;

/** What the agent can do. Of each tool: what a call does to the world, and whether a person is asked first. */
export function ToolsField({
  value,
  approval,
  error,
  onChange,
}: {
  value: string[];
  approval: Approval;
  error?: string;
  onChange: (tools: string[], approval: Approval) => void;
}) {
  const tools = useWhole(useTools());
  // Skills and MCP servers bring tools too: what is said of those stays, and can be taken back.
  const others = Object.keys(approval).filter((name) => !value.includes(name));
  const options = (tools ?? [])
    .filter((tool) => !value.includes(tool.name) && tool.state === "ready" && tool.origin !== "skill")
    .map((tool) => ({ value: tool.name, label: tool.name, hint: `${tool.effect}, ${originWords(tool)}. ${tool.description}` }));
  const change = (next: string[]) => {
    const gone = [...value, ...others].filter((name) => !next.includes(name));
    onChange(
      next.filter((name) => !others.includes(name)),
      Object.fromEntries(Object.entries(approval).filter(([name]) => !gone.includes(name))),
    );
  };
  return (
    <ChosenList
      label="Tools"
      options={options}
      value={[...value, ...others]}
      error={error}
      onChange={change}
      placeholder={value.length === 0 ? "Add a tool" : "Add another"}
      noMatch="No tool of that name"
      row={(name) => (
        <span className={styles.row}>
          <span className={styles.mono}>{name}</span>
          <What tool={tools?.find((one) => one.name === name)} granted={value.includes(name)} known={tools !== undefined} />
          <Asks
            name={name}
            tool={tools?.find((one) => one.name === name)}
            value={approval[name]}
            onChange={(next) => {
              const { [name]: _, ...rest } = approval;
              onChange(value, next === undefined ? rest : { ...rest, [name]: next });
            }}
          />
        </span>
      )}
    />
  );
}

function What({ tool, granted, known }: { tool: Tool | undefined; granted: boolean; known: boolean }) {
  if (!known) return <span />;
  if (tool === undefined)
    return <span className={styles.what}>{granted ? "nobody offers it now" : "of a skill or a server"}</span>;
  return (
    <span className={`${styles.what} ${styles.origin}`} title={tool.consequence ?? tool.description}>
      <EffectMark effect={tool.effect} reversible={tool.reversible} /> {originWords(tool)}
    </span>
  );
}

function Asks({
  name,
  tool,
  value,
  onChange,
}: {
  name: string;
  tool: Tool | undefined;
  value: unknown;
  onChange: (value: boolean | undefined) => void;
}) {
  const usual = tool === undefined ? null : /^(always|yes)$/.test(approvalWords(tool).short);
  return (
    <SelectField
      label={`Whether ${name} asks a person first`}
      labelHidden
      value={typeof value === "boolean" ? String(value) : ""}
      onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value === "true")}
    >
      <option value="">{usual === null ? "as usual" : usual ? "as usual: asks" : "as usual: runs"}</option>
      <option value="true">asks a person</option>
      <option value="false">runs without asking</option>
    </SelectField>
  );
}
