// The staff group: who one is in it, its topics, and the messages of one topic.
// Everything that was said is kept here; the wall shows the topic that is open.

import { post } from "./api.js";
import { bubble, isEvent } from "./bubble.js";
import { byID, el } from "./dom.js";
import { bindField } from "./field.js";
import { attachable } from "./files.js";
import { bindMenu, showCommands } from "./menu.js";
import { attempt } from "./notices.js";
import { mark } from "./panes.js";
import { badge, general, listTopics } from "./topics.js";
import { makeWall } from "./wall.js";

const colleagues = [...byID("colleagues").querySelectorAll("button")].map(({ dataset }) => ({ id: Number(dataset.id), name: dataset.name, tint: dataset.tint }));
const title = byID("staff-title");
const status = byID("staff-status");
const group = title.textContent;
const avatar = byID("staff-avatar").cloneNode(true);
const wall = makeWall(byID("topic"), { draw, command: (text) => say(text) });
const pen = bindField(byID("staff-composer"), { send: say, lastOwn: () => wall.lastOwn(isOwn) });

const messages = new Map();
const read = new Map(); // the newest message that was seen, by topic
let me = colleagues[0];
let state = { topics: [], menus: {} };
let open = null; // the id of the topic that is shown
let typing = 0;

const isOwn = (message) => message.fromID === me.id;
const isOpen = () => open !== null && !document.hidden && byID("topic").checkVisibility();
const messagesIn = (topic) => [...messages.values()].filter((message) => (message.topic ?? 0) === topic);
const act = (name, body) => attempt(() => post(`/group/${name}`, { by: me.id, ...body }));

// reset shows the group as it is now. What is there when the page opens counts
// as read.
export function reset(all) {
  const first = !document.body.classList.contains("ready");
  messages.clear();
  for (const message of all) messages.set(message.id, message);
  if (first) for (const message of all) read.set(message.topic ?? 0, message.id);
  if (open !== null) wall.reset(messagesIn(open));
  refresh();
}

// apply shows one thing that happened.
export function apply(event) {
  const handle = { message: arrive, edit: arrive, delete: vanish, answer, typing: showTyping }[event.kind];
  handle?.(event);
}

// setState shows the topics and commands of the group.
export function setState(next) {
  state = next;
  if (open && !topic(open)) show(null);
  showCommands(byID("staff-menu"), byID("staff-commands"), state.menus[me.id], say);
  refresh();
}

function arrive({ message }) {
  messages.set(message.id, message);
  if ((message.topic ?? 0) === open) {
    if (message.fromBot) showTyping({});
    wall.arrive(message, isOwn(message));
    if (message.forces?.includes(me.id)) pen.reply(message);
  }
  refresh();
}

function vanish({ id }) {
  messages.delete(id);
  wall.vanish(id);
  refresh();
}

function answer(event) {
  if (event.to === me.id) wall.answered(event);
}

function showTyping({ kind, topic: where = 0 }) {
  if (kind && where !== open) return;
  clearTimeout(typing);
  status.classList.toggle("typing", Boolean(kind));
  status.textContent = kind ? "bot is typing" : subtitle();
  if (kind) typing = setTimeout(() => showTyping({}), 5000);
}

const subtitle = () => (open === null ? `${colleagues.length} members and the bot` : group);
const topic = (id) => (id ? state.topics.find((one) => one.id === id) : general);

function draw(message, original) {
  const own = isOwn(message);
  const theirs = colleagues.find(({ id }) => id === message.fromID);
  const edits = own && message.kind === "text";
  return bubble(message, {
    own, original,
    name: own ? undefined : message.from,
    tint: theirs?.tint ?? 0,
    press: (label, button) => wall.press(button, () => post("/group/press", { by: me.id, id: message.id, label })),
    edit: edits ? () => pen.edit(message) : undefined,
    reply: () => pen.reply(message),
  });
}

// show opens a topic, or the list of them.
function show(id) {
  open = id;
  pen.take();
  byID("topics").hidden = id !== null;
  byID("topic").hidden = id === null;
  byID("to-topics").hidden = id === null;
  if (id !== null) wall.reset(messagesIn(id));
  refresh();
  showTyping({});
}

// refresh brings names and counts up to date.
function refresh() {
  if (isOpen()) read.set(open, Math.max(0, ...messagesIn(open).map(({ id }) => id)));
  const all = [general, ...state.topics].map((one) => {
    const inside = messagesIn(one.id);
    const fresh = inside.filter((message) => message.id > (read.get(one.id) ?? 0) && !isOwn(message) && !isEvent(message));
    return { ...one, last: inside.at(-1), unread: fresh.length };
  });
  mark("staff", all.reduce((sum, { unread }) => sum + unread, 0));
  listTopics(all, show);
  const shown = open === null ? undefined : topic(open);
  title.textContent = shown?.name ?? group;
  byID("staff-avatar").replaceChildren(...(shown ? [badge(shown)] : avatar.cloneNode(true).childNodes));
  byID("staff-field").placeholder = shown?.closed ? "This topic is closed" : "Message";
}

// become makes one of the colleagues who looks, writes and presses.
function become(colleague) {
  me = colleague;
  byID("colleague").replaceChildren(
    el("span", { class: `avatar tint-${me.tint}`, "aria-hidden": "true", text: [...me.name][0] }),
    el("span", { text: `as ${me.name}` }));
  for (const choice of byID("colleagues").children) choice.ariaCurrent = Number(choice.dataset.id) === me.id ? "true" : null;
  if (open !== null) wall.reset(messagesIn(open));
  setState(state);
}

function say(text, subject) {
  if (subject?.act === "edit") act("edit", { id: subject.message.id, text });
  else act("post", { topic: open, text, replyTo: subject?.message.id });
}

async function attach(choice) {
  if (choice !== "forward") {
    const topic = open;
    const kind = await attachable(choice);
    return kind && act("post", { topic, kind, text: choice === "sticker" ? "" : pen.take() });
  }
  return act("post", { topic: open, text: pen.take() || "/reset lena@gmail.com", forwarded: true });
}

byID("colleagues").addEventListener("click", ({ target }) => {
  const choice = target.closest("button");
  if (choice) become(colleagues.find(({ id }) => id === Number(choice.dataset.id)));
});
byID("staff-attachments").addEventListener("click", ({ target }) => {
  const choice = target.closest("button");
  if (choice) attach(choice.dataset.kind);
});
byID("to-topics").addEventListener("click", () => show(null));
document.addEventListener("shown", refresh);
document.addEventListener("visibilitychange", refresh);
bindMenu(byID("colleague"), byID("colleagues"));
bindMenu(byID("staff-menu"), byID("staff-commands"));
bindMenu(byID("staff-attach"), byID("staff-attachments"));
become(me);
show(null);
