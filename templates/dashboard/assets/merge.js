// JSON Merge Patch, RFC 7396 §2: null takes a member away, an object is merged, all else replaces.
export function merge(target, patch) {
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      delete target[name];
    } else if (isObject(value)) {
      target[name] = merge(isObject(target[name]) ? target[name] : {}, value);
    } else {
      target[name] = value;
    }
  }
  return target;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
