// What all parts of the page do to it. Values go in as text and as attributes, never as markup.
export const $ = (selector, root = document) => root.querySelector(selector);

// Put values into the cells of that name.
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const cell of root.querySelectorAll(`[data-cell="${name}"]`)) {
      const text = value === undefined || value === null ? "" : String(value);
      if (cell.textContent !== text) cell.textContent = text;
    }
  }
}

export function set(element, name, value) {
  if (element && element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

// A row of the kind that the template shows.
export function row(template) {
  const content = $(`#${template}`).content;
  return content.querySelector("[data-key], .inner").cloneNode(true);
}

export function mark(slot, name) {
  const svg = slot?.querySelector("svg.mark") ?? slot;
  if (!svg || svg.getAttribute("data-mark") === name) return;
  svg.setAttribute("data-mark", name);
  svg.querySelector("use").setAttribute("href", `#mark-${name}`);
}

// Have `parent` hold one element per key, in that order: those there are stay, so that focus and what is open do.
export function keyed(parent, keys, make, update) {
  const there = new Map();
  for (const child of [...parent.children]) {
    if (child.dataset.key !== undefined) there.set(child.dataset.key, child);
  }
  const wanted = new Set(keys);
  for (const [key, child] of there) {
    if (!wanted.has(key)) child.remove();
  }
  let place = [...parent.children].find((child) => child.dataset.key !== undefined) ?? null;
  for (const key of keys) {
    let child = there.get(key);
    const isNew = child === undefined;
    if (isNew) {
      child = make(key);
      child.dataset.key = key;
    }
    if (child === place) {
      place = nextKeyed(place);
    } else {
      parent.insertBefore(child, place);
    }
    update(child, key, isNew);
  }
}

function nextKeyed(element) {
  let next = element.nextElementSibling;
  while (next && next.dataset.key === undefined) next = next.nextElementSibling;
  return next;
}
