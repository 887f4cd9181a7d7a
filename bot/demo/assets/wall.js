// A wall of bubbles that come, change and go: the chat's, and that of a topic.

import { day, el } from "./dom.js";
import { ask, toast } from "./notices.js";

// makeWall runs the wall in a part of the page. draw makes the list item of a
// message, given also the one that it answers; command takes a command that was
// clicked in a text.
export function makeWall(part, { draw, command }) {
  const list = part.querySelector(".messages");
  const scroller = part.querySelector(".scroller");
  const down = part.querySelector(".down");
  const messages = new Map();
  let atEnd = true;

  const find = (id) => list.querySelector(`[data-id="${id}"]`);
  const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const toEnd = () => requestAnimationFrame(() => scroller.scrollTo({ top: scroller.scrollHeight, behavior: "smooth" }));

  // reset shows these messages and no others, without movement.
  function reset(all) {
    messages.clear();
    list.replaceChildren();
    for (const message of all) put(message);
    list.classList.remove("moving");
    atEnd = true;
    requestAnimationFrame(() => {
      scroller.scrollTop = scroller.scrollHeight;
      list.classList.add("moving");
    });
  }

  // arrive shows a message that is new or has changed, and moves to it when it
  // is the own one or the newest was in view.
  function arrive(message, own) {
    const follow = own || atEnd;
    put(message);
    if (follow) toEnd();
    else down.classList.add("news");
  }

  function put(message) {
    const item = draw(message, messages.get(message.replyTo));
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

  function vanish(id) {
    const item = find(id);
    if (!messages.delete(id) || !item) return;
    item.removeAttribute("data-id");
    const trace = el("li", { class: "trace", text: "message deleted" });
    item.classList.add("leaving");
    setTimeout(() => item.replaceWith(trace), 450);
    setTimeout(() => trace.classList.add("leaving"), 4000);
    setTimeout(() => trace.remove(), 4600);
  }

  // press shows that a button is pressed until there is an answer.
  async function press(button, act) {
    button.classList.add("busy");
    setTimeout(() => button.classList.remove("busy"), 15_000);
    try {
      await act();
    } catch (problem) {
      button.classList.remove("busy");
      toast(problem.message);
    }
  }

  // answered shows the answer to a press.
  function answered({ text, alert }) {
    for (const button of list.querySelectorAll(".busy")) button.classList.remove("busy");
    if (!text) return;
    if (alert) ask("", text, "Close");
    else toast(text);
  }

  // lastOwn returns the newest text message that is someone's own, if there is one.
  const lastOwn = (own) => [...messages.values()].findLast((message) => own(message) && message.kind === "text");

  // A run is what one writes without another in between: only its first shows a
  // name, only its last a tail.
  function markRuns() {
    let before = null;
    for (const item of list.children) {
      const follows = Boolean(before?.dataset.from) && before.dataset.from === item.dataset.from;
      item.classList.toggle("follows", follows);
      before?.classList.toggle("last", !follows);
      before = item;
    }
    before?.classList.add("last");
  }

  scroller.addEventListener("scroll", () => {
    atEnd = nearEnd();
    down.hidden = atEnd;
    if (atEnd) down.classList.remove("news");
  });
  down.addEventListener("click", toEnd);
  list.addEventListener("click", ({ target }) => {
    if (target.matches(".command")) command(target.textContent);
  });
  const keepEnd = () => { if (atEnd) scroller.scrollTop = scroller.scrollHeight; };
  list.addEventListener("load", keepEnd, true); // a picture has its height only now
  new MutationObserver(markRuns).observe(list, { childList: true });
  new ResizeObserver(keepEnd).observe(scroller);

  return { reset, arrive, vanish, press, answered, lastOwn, toEnd, isEmpty: () => messages.size === 0 };
}
