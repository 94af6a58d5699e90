import { python, quoted } from "../events/snippets";
import type { Run } from "./list_filter";
import { functionName } from "./words";

/** The run as others ask for it: a curl of what it is and of how it went. */
export function curlOf(run: Run, server: string, key: boolean): string {
  const header = key ? ` \\\n  -H "Authorization: Bearer $FLOWFORGE_API_KEY"` : "";
  if (run.function.startsWith("flowforge.")) return `curl ${server}/v1/runs/${run.id}${header}`;
  const [path, body] = sentBy(run);
  return [
    `curl -X POST ${server}${path}`,
    ...(key ? [`-H "Authorization: Bearer $FLOWFORGE_API_KEY"`] : []),
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n  ");
}

/** A test that does what began the run and expects it to end the same way. Null for what comes with FlowForge: its code is not the reader's. */
export function pytestOf(run: Run): string | null {
  if (run.function.startsWith("flowforge.")) return null;
  const module = run.function.includes(".") ? run.function.slice(0, run.function.lastIndexOf(".")) : "app";
  const byName = isByName(run);
  const begin = byName
    ? `begun = await forge.start(${python(run.function)}, ${python(run.input, 1)})`
    : `begun = await forge.send(${python(run.trigger)}, ${python(run.input, 1)})`;
  const over = ["completed", "failed", "cancelled"].includes(run.state) ? run.state : "completed";
  return [
    `# What began run ${run.label}, as a test. For one that replays every step from the record, offline:`,
    `#     flowforge export-test ${run.label}`,
    `import ${module}`,
    "",
    "",
    `async def test_${functionName(run.function).replaceAll(/\W/g, "_")}_${run.label}(forge):`,
    `    forge.use(${module})`,
    "    forge.clock.auto_skip = True  # sleeps and time-outs pass at once",
    "",
    `    ${begin}`,
    `    run = await forge.wait_for(begun, ${python(over)})`,
    ...ending(run),
    "",
  ].join("\n");
}

function ending(run: Run): string[] {
  if (run.state === "failed" && typeof run.error?.message === "string")
    return ["", `    assert run.error["message"] == ${python(run.error.message)}`];
  if (run.state === "completed" && run.output !== null) return ["", `    assert run.output == ${python(run.output, 1)}`];
  return [];
}

function isByName(run: Run): boolean {
  return run.trigger.startsWith("flowforge/");
}

function sentBy(run: Run): [string, unknown] {
  return isByName(run)
    ? [`/v1/functions/${run.function}/runs`, { input: run.input }]
    : ["/v1/events", { name: run.trigger, data: run.input }];
}
