// Where the person writes: the field, the menu of commands, attachments, the
// reply keyboard, and the bar that takes their place before the first message.

import * as chat from "./chat.js";
import { byID, el } from "./dom.js";
import { bindMenu } from "./menu.js";
import { ask } from "./notices.js";

const bar = byID("start");
const form = byID("composer");
const field = byID("field");
const keys = byID("keys");
const toggle = byID("toggle");
const commands = byID("commands");
const banner = byID("editing");

let payload = new URLSearchParams(location.search).get("start");
let blocked = false;
let edited = null;
let shownKeys = "";

// offerStart shows the START button for a deep link.
export function offerStart(link) {
  payload = link;
  refresh();
  bar.focus();
}

// setState shows the keyboard and commands that the bot set.
export function setState(state) {
  setKeys(state.keyboard ?? []);
  commands.replaceChildren(...(state.commands ?? []).map(command));
  byID("menu").hidden = !state.commands?.length;
  refresh();
}

// refresh shows either the field or the bar that begins the chat.
export function refresh() {
  const waiting = blocked || payload !== null || chat.isEmpty();
  bar.hidden = !waiting;
  bar.textContent = blocked ? "Unblock" : "Start";
  form.hidden = waiting;
  byID("welcome").hidden = !chat.isEmpty();
  byID("block").lastElementChild.textContent = blocked ? "Unblock the bot" : "Block the bot";
  showKeys(!waiting && shownKeys !== "" && toggle.getAttribute("aria-pressed") === "true");
}

function setKeys(keyboard) {
  const next = keyboard.length ? JSON.stringify(keyboard) : "";
  if (next === shownKeys) return;
  shownKeys = next;
  keys.replaceChildren(...keyboard.map((row) => el("div", { class: "row" }, ...row.map(key))));
  toggle.hidden = next === "";
  toggle.setAttribute("aria-pressed", String(next !== ""));
}

function showKeys(on) {
  if (keys.hidden === !on) return;
  keys.hidden = !on;
  chat.toEnd();
}

function key({ text, requestContact }) {
  return el("button", { class: "key", type: "button", text, onclick: () => (requestContact ? shareContact(text) : chat.send("tap", { label: text })) });
}

async function shareContact(label) {
  const choice = await ask("Share your phone number?", "The bot will see the phone number of this Telegram account.", "Cancel", "Share");
  if (choice !== "Share") return;
  if (label) chat.send("tap", { label });
  else chat.send("contact");
}

function command({ command: name, description }) {
  return el("button", { type: "button", onclick: () => chat.send("say", { text: `/${name}` }) },
    el("b", { text: `/${name}` }), el("span", { text: description }));
}

function begin() {
  if (blocked) {
    block(false);
    return;
  }
  chat.send("start", { text: payload ?? "" });
  payload = null;
  const address = new URL(location.href);
  address.searchParams.delete("start");
  history.replaceState(null, "", address);
  refresh();
  field.focus();
}

function block(on) {
  blocked = on;
  chat.send(on ? "block" : "unblock");
  refresh();
}

function edit(message) {
  edited = message;
  banner.hidden = !message;
  byID("original").textContent = message ? message.text : "";
  write(message ? message.text : "");
}

function write(text) {
  field.value = text;
  fit();
  field.focus();
}

function fit() {
  field.rows = 1;
  while (field.rows < 6 && field.scrollHeight > field.clientHeight) field.rows += 1;
  form.classList.toggle("filled", field.value.trim() !== "");
}

function submit(event) {
  event.preventDefault();
  const text = field.value;
  if (text.trim() === "") return;
  if (edited) chat.send("edit", { id: edited.id, text });
  else chat.send("say", { text });
  edit(null);
  // Who types has the letters where the bot's keyboard was.
  toggle.setAttribute("aria-pressed", "false");
  refresh();
}

function attach(kind) {
  const text = field.value.trim();
  if (kind === "contact") return shareContact("");
  if (kind !== "forward") return chat.send("attach", { kind });
  write("");
  return chat.send("forward", { text: text || "My old password is somewhere in this forwarded note." });
}

form.addEventListener("submit", submit);
field.addEventListener("input", fit);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  if (event.key === "ArrowUp" && field.value === "" && chat.lastOwn()) {
    event.preventDefault();
    edit(chat.lastOwn());
  }
  if (event.key === "Escape" && edited) edit(null);
});
bar.addEventListener("click", begin);
toggle.addEventListener("click", () => {
  toggle.setAttribute("aria-pressed", String(keys.hidden));
  refresh();
});
byID("cancel-edit").addEventListener("click", () => edit(null));
byID("block").addEventListener("click", () => block(!blocked));
byID("attachments").addEventListener("click", (event) => {
  const choice = event.target.closest("button");
  if (choice) attach(choice.dataset.kind);
});
chat.onEdit(edit);
bindMenu(byID("menu"), commands);
bindMenu(byID("attach"), byID("attachments"));
bindMenu(byID("more"), byID("more-panel"));
