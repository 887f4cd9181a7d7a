// Small helpers to build and date what the page shows.

const svg = "http://www.w3.org/2000/svg";

// el builds an element. Properties that begin with "on" are listeners, "text"
// and "class" are what they say, true and false switch an attribute.
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

// icon draws a symbol of icons.svg.
export function icon(name) {
  const node = document.createElementNS(svg, "svg");
  const use = document.createElementNS(svg, "use");
  use.setAttribute("href", `/assets/icons.svg#${name}`);
  node.append(use);
  node.setAttribute("class", "icon");
  node.setAttribute("aria-hidden", "true");
  return node;
}

export const byID = (id) => document.getElementById(id);

const clockForm = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayForm = new Intl.DateTimeFormat("en", { day: "numeric", month: "long" });

export const clock = (date) => clockForm.format(new Date(date));

export function day(date) {
  const named = dayForm.format(new Date(date));
  return named === dayForm.format(new Date()) ? "Today" : named;
}

// findCode returns the code that a mail or an SMS carries, or "". Codes are
// written in two halves: eight digits, or ten signs of base 32.
export function findCode(text) {
  const found = text.match(/(?<![\w+-])(\d{4}[ \u00a0-]\d{4}|(?=\S*\d)[0-9A-HJKMNP-TV-Z]{5}[ \u00a0-][0-9A-HJKMNP-TV-Z]{5})(?![\w-])/);
  return found ? found[0] : "";
}

// copyButton copies text and says so for a moment.
export function copyButton(label, text) {
  const caption = el("span", { text: label });
  const button = el("button", { class: "copy", type: "button", onclick: copy }, icon("copy"), caption);
  async function copy() {
    await navigator.clipboard.writeText(text);
    caption.textContent = "Copied";
    setTimeout(() => { caption.textContent = label; }, 1500);
  }
  return button;
}
