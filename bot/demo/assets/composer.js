// Where the person writes: the field, the menu of commands, attachments, the
// reply keyboard, and the bar that takes their place before the first message.

import * as chat from "./chat.js";
import { byID, el } from "./dom.js";
import { bindField } from "./field.js";
import { attachable } from "./files.js";
import { bindMenu, showCommands } from "./menu.js";
import { ask } from "./notices.js";

const bar = byID("start");
const form = byID("composer");
const keys = byID("keys");
const toggle = byID("toggle");
const commands = byID("commands");
const pen = bindField(form, { send: say, lastOwn: chat.lastOwn });

let payload = new URLSearchParams(location.search).get("start");
let blocked = false;
let shownKeys = "";

// offerStart shows the START button for a deep link.
export function offerStart(link) {
  payload = link;
  refresh();
  bar.focus();
}

// setState shows the keyboard, the commands and the description that the bot set.
export function setState(state) {
  setKeys(state.keyboard ?? []);
  byID("about").textContent = state.about;
  showCommands(byID("menu"), commands, state.commands, (text) => chat.send("say", { text }));
  refresh();
}

// refresh shows either the field or the bar that begins the chat.
export function refresh() {
  const waiting = blocked || payload !== null || chat.isEmpty();
  const began = !waiting && document.activeElement === bar;
  bar.hidden = !waiting;
  bar.textContent = blocked ? "Unblock" : "Start";
  form.hidden = waiting;
  if (began) pen.focus(); // the bar, as it goes, would take the focus with it
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

// begin presses Start, with the payload of a deep link if there is one.
export function begin(link) {
  blocked = false;
  payload = null;
  chat.send("start", { text: link ?? "" });
  const address = new URL(location.href);
  address.searchParams.delete("start");
  history.replaceState(null, "", address);
  refresh();
}

function block(on) {
  blocked = on;
  chat.send(on ? "block" : "unblock");
  refresh();
}

function say(text, subject) {
  if (subject) chat.send("edit", { id: subject.message.id, text });
  else chat.send("say", { text });
  // Who types has the letters where the bot's keyboard was.
  toggle.setAttribute("aria-pressed", "false");
  refresh();
}

async function attach(choice) {
  if (choice === "contact") return shareContact("");
  if (choice !== "forward") {
    const kind = await attachable(choice);
    return kind && chat.send("attach", { kind, text: choice === "sticker" ? "" : pen.take() });
  }
  return chat.send("forward", { text: pen.take() || "My old password is somewhere in this forwarded note." });
}

bar.addEventListener("click", () => (blocked ? block(false) : begin(payload)));
toggle.addEventListener("click", () => {
  toggle.setAttribute("aria-pressed", String(keys.hidden));
  refresh();
});
byID("block").addEventListener("click", () => block(!blocked));
byID("attachments").addEventListener("click", (event) => {
  const choice = event.target.closest("button");
  if (choice) attach(choice.dataset.kind);
});
chat.onEdit(pen.edit);
bindMenu(byID("menu"), commands);
bindMenu(byID("attach"), byID("attachments"));
bindMenu(byID("more"), byID("more-panel"));
