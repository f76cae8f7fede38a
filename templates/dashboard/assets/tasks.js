// The last tasks that ended, as the filter wants them; asked for again when more have ended.
import { $, fill, keyed, row, set } from "./dom.js";
import { clock, moment, seconds } from "./text.js";

const EVERY = 2000; // milliseconds between two questions, at least
const table = $("table.tasks");
const form = $("form.filter");
let ended = -1;
let askedAt = 0;
let waiting = 0;
let asking = 0;

export function show(picture) {
  if (picture.ended === ended) return;
  ended = picture.ended;
  soon();
}

function soon() {
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = 0;
    if (!document.hidden) ask();
  }, Math.max(0, askedAt + EVERY - Date.now()));
}

async function ask() {
  askedAt = Date.now();
  const number = ++asking;
  const wanted = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  try {
    const response = await fetch(`/dashboard/tasks?${wanted}`, { headers: { Accept: "application/json" } });
    if (response.ok) {
      const found = await response.json();
      if (number === asking) showTasks(found);
    }
  } catch {
    ended = -1; // the stream tells that the connection is lost, and the next picture asks again
  }
}

function showTasks({ tasks, from }) {
  const byId = new Map(tasks.map((task) => [task.task, task]));
  fill($("#tasks"), { tasks_from: from });
  keyed(table, [...byId.keys()], () => row("task-row"), (body, id) => showTask(body, byId.get(id)));
}

function showTask(body, task) {
  if (body.dataset.shown === `${task.at} ${task.outcome}`) return;
  body.dataset.shown = `${task.at} ${task.outcome}`;
  set(body, "data-outcome", task.outcome);
  fill(body, { ...task, tenant: task.tenant || "–", region: task.region || "–", seconds: seconds(task.seconds), waited: seconds(task.waited) });
  const time = $("time", body);
  time.textContent = clock(task.at);
  time.title = moment(task.at);
  $("[data-list=trail]", body).replaceChildren(...task.trail.map(line));
}

function line(sentence) {
  const item = document.createElement("li");
  item.textContent = sentence;
  return item;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
let typed = 0;
form.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(ask, 300);
});
