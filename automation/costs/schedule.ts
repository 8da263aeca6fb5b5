/** Days of a month in every sum here: the seed's TB a month are GB/day × 30. */
export const DAYS = 30;
/** Hours of a month, as AWS rounds them in its examples. */
export const HOURS = 730;

const MINUTES_OF = { minute: 1, hour: 60, day: 1440 } as const;

/**
 * How often `rate(…)` or `cron(…)` starts in a month.
 * @throws Error for another text: a schedule that cannot be counted is a fault of the model
 */
export function startsPerMonth(schedule: string): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate !== null) {
    const minutes = Number(rate[1]) * MINUTES_OF[rate[2] as keyof typeof MINUTES_OF];
    return (DAYS * MINUTES_OF.day) / minutes;
  }
  const fields = /^cron\(([^()]*)\)$/.exec(schedule)?.[1]?.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek] = fields ?? [];
  if (minutes === undefined || hours === undefined || dayOfMonth === undefined || month === undefined) {
    throw new Error(`The schedule "${schedule}" is neither rate(…) nor cron(…).`);
  }
  const days = dayOfWeek === "?" ? share(dayOfMonth, 31) : share(dayOfWeek ?? "*", 7);
  return count(minutes, 60) * count(hours, 24) * DAYS * days * share(month, 12);
}

const share = (field: string, all: number): number => count(field, all) / all;

/** How many values a field of a cron expression has; names (`MON`, `JAN`) count like numbers. */
function count(field: string, all: number): number {
  if (field === "*" || field === "?") return all;
  return field.split(",").reduce((sum, part) => sum + countOf(part, all), 0);
}

const NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

function countOf(part: string, all: number): number {
  const [range = "", step] = part.split("/");
  const [from, to] = range.split("-").map((text) => {
    const named = NAMES.indexOf(text.toUpperCase());
    return named >= 0 ? named + 1 : Number(text);
  });
  const single = step === undefined ? 1 : all;
  const length = range === "*" ? all : to === undefined ? single : to - (from ?? 0) + 1;
  const first = range === "*" || to !== undefined || step === undefined ? 0 : (from ?? 0);
  return Math.ceil((length - first) / Number(step ?? 1));
}
