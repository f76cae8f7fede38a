// Setting a region's dial: what will change is said before it is done, and done by a request that only this page can send.
import { $, fill } from "./dom.js";
import { dialled, percent } from "./text.js";

const dialog = $("#dial");
let regions = {};
let region = "";

export function show(picture) {
  regions = picture.regions;
}

function share() {
  const form = $("form", dialog).elements;
  if (form.share.value !== "other") return form.share.value === "" ? null : Number(form.share.value);
  const wanted = Number(form.percent.value);
  return Number.isFinite(wanted) && wanted >= 1 && wanted <= 99 ? wanted / 100 : null;
}

function ask(name) {
  const form = $("form", dialog);
  const dial = regions[name]?.dial;
  region = name;
  form.reset();
  form.elements.share.value = dial?.share === 0 ? "1" : "0";
  fill(dialog, { region: name, now: `Now ${dial ? percent(dial.share) : "100 %"}, ${dialled(dial)}`, error: "" });
  tell();
  dialog.showModal();
}

function tell() {
  const wanted = share();
  const one = regions[region] ?? {};
  const before = percent(one.dial?.share ?? 1);
  const inFlight = one.in_flight ?? 0;
  const after = {
    0: `takes nothing new; ${inFlight === 1 ? "1 task" : `${inFlight} tasks`} of this gateway's end there`,
    1: "takes tasks with all of its slots",
  };
  const what = after[wanted] ?? `takes tasks with up to ${percent(wanted)} of its slots`;
  fill(dialog, {
    change: wanted === null ? "" : `${region}: ${before} → ${percent(wanted)}. It ${what}.`,
    go: wanted === null ? "Set" : wanted === 0 ? `Drain ${region}` : `Set ${region} to ${percent(wanted)}`,
  });
  $(".go", dialog).disabled = wanted === null;
}

async function send() {
  const button = $(".go", dialog);
  button.disabled = true;
  try {
    const response = await fetch(`/regions/${encodeURIComponent(region)}/dial`, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "Nearway-Dashboard": "1" },
      body: JSON.stringify({ dial: share(), why: $("form", dialog).elements.why.value.trim() }),
    });
    const said = await response.json();
    if (!response.ok) throw new Error(said.detail ?? said.title);
    dialog.close();
  } catch (error) {
    fill(dialog, { error: `Not set: ${error.message}` });
    button.disabled = false;
  }
}

if (dialog) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do=dial]");
    if (button) ask(button.closest("tbody.region").dataset.key);
  });
  const form = $("form", dialog);
  form.addEventListener("input", (event) => {
    if (event.target.name === "percent") form.elements.share.value = "other";
    tell();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  $("[data-do=cancel]", dialog).addEventListener("click", () => dialog.close());
}
