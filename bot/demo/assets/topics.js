// The list of the group's topics.

import { isEvent, summary } from "./bubble.js";
import { byID, clock, el, icon } from "./dom.js";

// general is the topic that every group with topics has; the server leaves it out.
export const general = { id: 0, name: "General" };

const list = byID("topics");
const hint = byID("no-cases");

// badge draws the picture of a topic: its initial on its colour.
export function badge({ id, name, color }) {
  const drawn = el("span", { class: "badge-of-topic", "aria-hidden": "true", text: id ? [...name][0] : "#" });
  if (color) drawn.style.setProperty("--topic", `#${color.toString(16).padStart(6, "0")}`);
  return drawn;
}

// listTopics shows the topics, the general one first and the newest next, each
// with its last message and the number of unread ones. open is called with the
// id of the one that is chosen.
export function listTopics(topics, open) {
  const newest = (one) => (one.id ? one.last?.id ?? one.id : Infinity);
  const rows = topics.toSorted((a, b) => newest(b) - newest(a)).map((one) => row(one, open));
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
  list.replaceChildren(...rows);
  hint.hidden = list.hidden || topics.length > 1;
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
}

function row(topic, open) {
  const { id, name, closed, last, unread } = topic;
  return el("li", {}, el("button", { class: "topic-row", type: "button", "data-id": id, onclick: () => open(id) },
    badge(topic),
    el("b", { class: "topic-name" }, el("span", { text: name }), closed ? icon("lock") : null),
    el("time", { text: last ? clock(last.date) : "" }),
    el("span", { class: "preview", text: last ? preview(last) : "No messages yet" }),
    unread ? el("span", { class: "badge", text: unread, "aria-label": `${unread} unread` }) : null));
}

const preview = (last) => (isEvent(last) ? summary(last) : `${last.from}: ${summary(last)}`);
