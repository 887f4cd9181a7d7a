// One message as an element: of the chat, or of a topic of the group.

import { clock, el, icon } from "./dom.js";

const drawings = {
  sticker: () => el("div", { class: "sticker", text: "🦦", "aria-label": "Sticker" }),
  photo: ({ file }) => file
    ? el("img", { class: "picture", src: `/file/${encodeURIComponent(file)}`, alt: "Photo" })
    : el("div", { class: "photo", role: "img", "aria-label": "Photo" }, icon("photo")),
  voice: () => el("div", { class: "voice", role: "img", "aria-label": "Voice message" }, icon("play"), el("i", { class: "wave" }), el("span", { text: "0:04" })),
  document: ({ file, fileName }) => el(file ? "a" : "span", { class: "document", ...(file && { href: `/file/${encodeURIComponent(file)}`, download: true }) }, icon("file"), fileName || "Document"),
};

const events = {
  new_chat_members: ({ text }) => `${text} joined the group`,
  left_chat_member: ({ text }) => `${text} left the group`,
  forum_topic_created: ({ from, text }) => `${from} created the topic “${text}”`,
  forum_topic_edited: ({ from, text }) => `${from} renamed the topic to “${text}”`,
  forum_topic_closed: ({ from }) => `${from} closed the topic`,
  forum_topic_reopened: ({ from }) => `${from} reopened the topic`,
};

// summary is a message in one line, without who wrote it where that is in it.
export function summary(message) {
  const event = events[message.kind];
  if (event) return event(message);
  return message.text || message.kind.charAt(0).toUpperCase() + message.kind.slice(1);
}

// isEvent tells whether nobody wrote the message: it says what happened.
export const isEvent = ({ kind }) => kind in events;

// bubble builds the list item of a message. own tells whether it is by the one
// who looks, and name, with the colour tint, who else wrote it where several
// do. press is called with a button's label, edit and reply with no argument;
// those that are missing are not offered. original is the message that this one
// answers, if it is there.
export function bubble(message, { own, name, tint, original, press, edit, reply }) {
  if (isEvent(message)) return el("li", { class: "event", "data-id": message.id, text: summary(message) });
  const body = el("div", { class: `bubble ${drawings[message.kind] ? message.kind + "-bubble" : ""}` },
    name ? el("b", { class: `sender name-${tint}`, text: name }) : null,
    original ? quote(original) : null,
    drawings[message.kind]?.(message), message.text || !drawings[message.kind] ? content(message) : null,
    meta(message, own), tools({ edit, reply }));
  const item = el("li", { class: own ? "message out" : "message in", "data-id": message.id, "data-from": own ? "me" : message.fromID ?? message.from }, body);
  if (name) item.append(el("span", { class: `avatar face tint-${tint}`, "aria-hidden": "true", text: [...name][0] }));
  if (message.inline) item.append(buttons(message, press));
  return item;
}

function quote(original) {
  return el("div", { class: "quote" }, el("b", { text: original.from }), el("span", { text: summary(original) }));
}

function content(message) {
  const text = el("div", { class: "text", dir: "auto" });
  if (message.forwarded) text.append(el("small", { text: "Forwarded message\n" }));
  if (message.kind === "contact") text.append(icon("person"), `${message.from}\n+${message.phone}`);
  text.insertAdjacentHTML("beforeend", message.html); // escaped by the simulator
  for (const spoiler of text.querySelectorAll(".spoiler")) reveal(spoiler);
  return text;
}

function reveal(spoiler) {
  spoiler.tabIndex = 0;
  spoiler.setAttribute("role", "button");
  const show = () => spoiler.classList.add("shown");
  spoiler.addEventListener("click", show);
  spoiler.addEventListener("keydown", (event) => { if (event.key === "Enter") show(); });
}

function meta(message, own) {
  const line = el("span", { class: "meta" });
  if (message.edited) line.append(el("span", { text: "edited" }), " ");
  line.append(el("time", { text: clock(message.date) }));
  if (own) line.append(icon("ticks"));
  return line;
}

function tools({ edit, reply }) {
  const tool = (act, name, label) => el("button", { class: name, type: "button", title: label, "aria-label": `${label} this message`, onclick: act }, icon(name));
  return el("span", { class: "tools" }, reply ? tool(reply, "reply", "Answer") : null, edit ? tool(edit, "pencil", "Edit") : null);
}

function buttons(message, press) {
  const row = (line) => el("div", { class: "row" }, ...line.map((button) => inline(button, press)));
  return el("div", { class: "buttons" }, ...message.inline.map(row));
}

function inline(button, press) {
  const look = `inline ${button.style || ""}`;
  if (button.url) return el("a", { class: look, href: button.url, target: "_blank", rel: "noopener" }, button.text, icon("out"));
  return el("button", { class: look, type: "button", text: button.text, onclick: (event) => press(button.text, event.currentTarget) });
}
