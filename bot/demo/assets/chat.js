// The chat: bubbles that come, change and go.

import { post } from "./api.js";
import { bubble } from "./bubble.js";
import { byID, day, el } from "./dom.js";
import { ask, attempt, toast } from "./notices.js";

const list = byID("messages");
const scroller = byID("scroller");
const down = byID("down");
const status = byID("status");
const messages = new Map();

let typing = 0;
let editing = () => {};

// onEdit sets what happens when the person wants to edit a message.
export function onEdit(handler) { editing = handler; }

// isEmpty tells whether nothing was ever said, or all of it is gone.
export const isEmpty = () => messages.size === 0;

// lastOwn returns the person's newest text message, if there is one.
export const lastOwn = () => [...messages.values()].findLast((message) => !message.fromBot && message.kind === "text");

// reset shows the chat as it is now, without movement.
export function reset(chat) {
  messages.clear();
  list.replaceChildren();
  for (const message of chat) put(message);
  list.classList.remove("moving");
  requestAnimationFrame(() => {
    scroller.scrollTop = scroller.scrollHeight;
    list.classList.add("moving");
  });
}

// apply shows one thing that happened.
export function apply(event) {
  const handle = { message: arrive, edit: arrive, delete: vanish, answer, typing: showTyping }[event.kind];
  handle?.(event);
}

function arrive({ message }) {
  const atEnd = nearEnd();
  if (message.fromBot) showTyping(false);
  put(message);
  if (atEnd || !message.fromBot) toEnd();
  else down.classList.add("news");
}

function put(message) {
  const item = bubble(message, {
    press: (label, button) => press(message, label, button),
    edit: () => editing(message),
  });
  const old = find(message.id);
  messages.set(message.id, message);
  if (old) {
    item.classList.add("changed");
    old.replaceWith(item);
    return;
  }
  divide(message);
  list.append(item);
}

function divide(message) {
  const name = day(message.date);
  const dividers = list.querySelectorAll(".day");
  if (dividers[dividers.length - 1]?.textContent !== name) list.append(el("li", { class: "day", text: name }));
}

function vanish({ id }) {
  const item = find(id);
  if (!messages.delete(id) || !item) return;
  item.removeAttribute("data-id");
  const trace = el("li", { class: "trace", text: "message deleted" });
  item.classList.add("leaving");
  setTimeout(() => item.replaceWith(trace), 450);
  setTimeout(() => trace.classList.add("leaving"), 4000);
  setTimeout(() => trace.remove(), 4600);
}

async function press(message, label, button) {
  button.classList.add("busy");
  setTimeout(() => button.classList.remove("busy"), 15_000);
  try {
    await post("/chat/press", { id: message.id, label });
  } catch (problem) {
    button.classList.remove("busy");
    toast(problem.message);
  }
}

function answer({ text, alert }) {
  for (const button of list.querySelectorAll(".busy")) button.classList.remove("busy");
  if (!text) return;
  if (alert) ask("", text, "Close");
  else toast(text);
}

function showTyping(on) {
  clearTimeout(typing);
  status.classList.toggle("typing", Boolean(on));
  status.textContent = on ? "typing" : "bot";
  if (on) typing = setTimeout(() => showTyping(false), 5000);
}

const find = (id) => list.querySelector(`[data-id="${id}"]`);

const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;

// toEnd scrolls to the newest message.
export function toEnd() {
  requestAnimationFrame(() => scroller.scrollTo({ top: scroller.scrollHeight, behavior: "smooth" }));
}

scroller.addEventListener("scroll", () => {
  down.hidden = nearEnd();
  if (down.hidden) down.classList.remove("news");
});
down.addEventListener("click", toEnd);
list.addEventListener("click", ({ target }) => {
  if (target.matches(".command")) send("say", { text: target.textContent });
});
new ResizeObserver(() => { if (nearEnd()) scroller.scrollTop = scroller.scrollHeight; }).observe(scroller);

// send performs one of the person's acts in the chat.
export const send = (act, body) => attempt(() => post(`/chat/${act}`, body));
