// How figures and moments are written; gateway/dashboard/page.py writes them the same.
const THIN = "\u2009";

export function count(number) {
  return String(number ?? 0).replace(/\B(?=(\d{3})+$)/g, THIN);
}

export function share(part, whole) {
  return whole > 0 ? Math.min(100, (100 * part) / whole) : 0;
}

export function age(then, now) {
  if (then === undefined) return "–";
  const seconds = Math.max(0, Math.round(now - then));
  for (const [size, unit] of [[86_400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${seconds} s`;
}

export function ms(milliseconds) {
  return milliseconds === undefined ? "–" : `${milliseconds} ms`;
}

export function seconds(number) {
  return number === undefined ? "–" : `${number.toFixed(1)} s`;
}

export function percent(part) {
  return `${Math.round(part * 100)} %`;
}

export function clock(at) {
  return new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

export function moment(at) {
  return new Date(at * 1000).toLocaleString([], { hourCycle: "h23" });
}

export function workers(health) {
  const all = Object.values(health).reduce((sum, number) => sum + number, 0);
  const others = Object.keys(health).filter((word) => word !== "passing").sort();
  return [String(all), ...others.map((word) => `${health[word]} ${word}`)].join(", ");
}

export function dialled(dial) {
  if (!dial) return "never set";
  return `set by ${dial.by}, ${moment(dial.at)}${dial.why ? `: ${dial.why}` : ""}`;
}
