// One message of the chat as an element.

import { clock, el, icon } from "./dom.js";

const drawings = {
  sticker: () => el("div", { class: "sticker", text: "🦦", "aria-label": "Sticker" }),
  photo: () => el("div", { class: "photo", role: "img", "aria-label": "Photo" }, icon("photo")),
  voice: () => el("div", { class: "voice", role: "img", "aria-label": "Voice message" }, icon("play"), el("i", { class: "wave" }), el("span", { text: "0:04" })),
};

// bubble builds the list item of a message. press is called with a button's
// label, edit with no argument.
export function bubble(message, { press, edit }) {
  const body = el("div", { class: `bubble ${drawings[message.kind] ? message.kind + "-bubble" : ""}` }, content(message), meta(message));
  if (!message.fromBot && message.kind === "text") body.append(editButton(edit));
  const item = el("li", { class: message.fromBot ? "message in" : "message out", "data-id": message.id }, body);
  if (message.inline) item.append(buttons(message, press));
  return item;
}

function content(message) {
  const draw = drawings[message.kind];
  if (draw) return draw();
  const text = el("div", { class: "text", dir: "auto" });
  if (message.forwarded) text.append(el("small", { text: "Forwarded message\n" }));
  if (message.kind === "contact") text.append(icon("person"), `${message.from}\n+${message.phone}`);
  if (message.fromBot) text.insertAdjacentHTML("beforeend", message.html); // escaped by the simulator
  else text.append(message.text);
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

function meta(message) {
  const line = el("span", { class: "meta" });
  if (message.edited) line.append(el("span", { text: "edited" }), " ");
  line.append(el("time", { text: clock(message.date) }));
  if (!message.fromBot) line.append(icon("ticks"));
  return line;
}

function editButton(edit) {
  return el("button", { class: "edit", type: "button", title: "Edit", "aria-label": "Edit this message", onclick: edit }, icon("pencil"));
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
