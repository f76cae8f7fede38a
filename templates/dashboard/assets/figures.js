// The sentence and the large numbers.
import { $, fill, mark, set } from "./dom.js";
import { count, share } from "./text.js";

const MARKS = { well: "well", warn: "full", bad: "unhealthy" };

export function show(picture) {
  showSummary(picture.summary);
  const regions = Object.values(picture.regions);
  const inFlight = sum(regions, "in_flight");
  const slots = sum(regions, "limit");
  const money = picture.money;
  const root = $("#figures");
  fill(root, {
    in_flight: count(inFlight),
    slots: count(slots),
    waiting: count(picture.queue.waiting),
    queue_limit: count(picture.queue.limit),
    minute: count(Object.values(picture.minute).reduce((all, one) => all + one, 0)),
    minute_solved: count(picture.minute.solved),
    money_since: money.from === "ledger" ? "today" : "since the start",
    submitted: count(money.submitted),
    solved: count(money.solved),
    failed: count(money.failed),
    unknown: count(money.unknown),
  });
  set($('[data-cell="unknown"]', root), "data-bad", money.unknown > 0);
  set($('[data-part="use"]', root), "width", share(inFlight, slots));
}

function showSummary(summary) {
  const root = $("#summary");
  set(root, "data-mood", summary.mood);
  mark($("[data-slot=mark]", root), MARKS[summary.mood] ?? "unhealthy");
  fill(root, { summary: summary.text });
}

function sum(regions, name) {
  return regions.reduce((all, region) => all + (region[name] ?? 0), 0);
}
