const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/** The fields and the zone of a schedule in a trigger's words: "cron 0 9 * * 1-5 Europe/Oslo". Null for what is no schedule. */
export function cronOf(trigger: string): { cron: string; zone: string } | null {
  if (!trigger.startsWith("cron ")) return null;
  const parts = trigger.slice("cron ".length).split(" ");
  const zone = parts.length > 5 && /^[A-Za-z_]+\//.test(parts.at(-1) ?? "") ? parts.pop() : undefined;
  return { cron: parts.join(" "), zone: zone ?? "UTC" };
}

/**
 * A schedule as people say it, where it is one of the usual shapes: `0 9 * * 1-5` is "at 09:00 from Monday to Friday". Null for the rest: its
 * five fields say it better than a bad sentence.
 */
export function cronWords(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) return null;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  if (month !== "*") return null;
  const time = timeWords(minute, hour);
  const on = dayWords(day, weekday);
  return time === null || on === null ? null : `${time}${on}`;
}

function timeWords(minute: string, hour: string): string | null {
  const step = /^\*\/(\d+)$/;
  if (hour === "*" && minute === "*") return "every minute";
  if (hour === "*" && step.test(minute)) return `every ${step.exec(minute)?.[1]} minutes`;
  if (hour === "*" && /^\d+$/.test(minute)) return minute === "0" ? "every hour" : `at minute ${minute} of every hour`;
  if (step.test(hour) && minute === "0") return `every ${step.exec(hour)?.[1]} hours`;
  if (!/^\d+$/.test(minute) || !/^\d+(,\d+)*$/.test(hour)) return null;
  const times = hour.split(",").map((one) => `${one.padStart(2, "0")}:${minute.padStart(2, "0")}`);
  return `at ${times.length === 1 ? times[0] : `${times.slice(0, -1).join(", ")} and ${times.at(-1)}`}`;
}

function dayWords(day: string, weekday: string): string | null {
  if (day === "*" && weekday === "*") return "";
  if (weekday === "*") {
    if (day === "L") return " on the last day of the month";
    return /^\d+$/.test(day) ? ` on day ${day} of the month` : null;
  }
  if (day !== "*") return null;
  const range = weekday.split("-").map(dayName);
  if (range.length === 2 && range[0] && range[1]) return ` from ${range[0]} to ${range[1]}`;
  const list = weekday.split(",").map(dayName);
  if (list.some((one) => one === undefined)) return null;
  return ` on ${list.length === 1 ? list[0] : `${list.slice(0, -1).join(", ")} and ${list.at(-1)}`}`;
}

function dayName(text: string): string | undefined {
  const place = /^[0-7]$/.test(text) ? Number(text) : NAMES.indexOf(text.toUpperCase());
  return DAYS[place];
}
