// What happened, who waits, and what is left out.
import { $, fill, keyed, mark, row, set } from "./dom.js";
import { clock, count, moment, share } from "./text.js";

const MARKS = { bad: "unhealthy", good: "well", dial: "dial" };

export function show(picture, change) {
  if (!change || change.happened) showHappened(picture.happened);
  if (!change || change.queue) showQueue(picture.queue);
  if (!change || change.left_out) showLeftOut(picture.left_out);
}

function showHappened(happened) {
  const newest = Object.keys(happened).sort((one, other) => other - one);
  keyed($("[data-list=happened]"), newest, () => row("happening-row"), (line, number, isNew) => {
    const one = happened[number];
    if (!isNew && line.dataset.shown) return;
    line.dataset.shown = "yes";
    set(line, "data-kind", one.kind);
    mark($("[data-slot=mark]", line), MARKS[one.kind] ?? "gone");
    fill(line, { region: one.region, what: one.what });
    const time = $("time", line);
    time.textContent = clock(one.at);
    time.title = moment(one.at);
  });
}

function showQueue(queue) {
  const tenants = Object.keys(queue.tenants).sort((one, other) => queue.tenants[other] - queue.tenants[one]);
  keyed($("[data-list=queue]"), tenants, () => row("tenant-row"), (line, tenant) => {
    fill(line, { tenant: tenant || "everybody", waiting: count(queue.tenants[tenant]) });
    set($("[data-part=use]", line), "width", share(queue.tenants[tenant], queue.waiting));
  });
}

function showLeftOut(leftOut) {
  keyed($("[data-list=left-out]"), Object.keys(leftOut), () => row("left-out-row"), (line, id) => {
    fill(line, { id, reason: leftOut[id] });
  });
}
