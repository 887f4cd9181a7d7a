// The chat of this page's person with the bot.

import { post } from "./api.js";
import { bubble } from "./bubble.js";
import { byID } from "./dom.js";
import { attempt } from "./notices.js";
import { makeWall } from "./wall.js";

const status = byID("status");
const wall = makeWall(byID("chat"), { draw, command: (text) => send("say", { text }) });

let typing = 0;
let editing = () => {};

// onEdit sets what happens when the person wants to edit a message.
export function onEdit(handler) { editing = handler; }

// isEmpty tells whether nothing was ever said, or all of it is gone.
export const { isEmpty, reset, toEnd } = wall;

// lastOwn returns the person's newest text message, if there is one.
export const lastOwn = () => wall.lastOwn((message) => !message.fromBot);

// apply shows one thing that happened.
export function apply(event) {
  const handle = { message: arrive, edit: arrive, delete: ({ id }) => wall.vanish(id), answer: wall.answered, typing: showTyping }[event.kind];
  handle?.(event);
}

function arrive({ message }) {
  if (message.fromBot) showTyping(false);
  wall.arrive(message, !message.fromBot);
}

function draw(message, original) {
  const own = !message.fromBot;
  return bubble(message, {
    own, original,
    press: (label, button) => wall.press(button, () => post("/chat/press", { id: message.id, label })),
    edit: own && message.kind === "text" ? () => editing(message) : undefined,
  });
}

function showTyping(on) {
  clearTimeout(typing);
  status.classList.toggle("typing", Boolean(on));
  status.textContent = on ? "typing" : "bot";
  if (on) typing = setTimeout(() => showTyping(false), 5000);
}

// send performs one of the person's acts in the chat.
export const send = (act, body) => attempt(() => post(`/chat/${act}`, body));
