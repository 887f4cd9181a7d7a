// Brings the parts of the page together.

import { listen } from "./api.js";
import * as chat from "./chat.js";
import * as composer from "./composer.js";
import { byID } from "./dom.js";
import * as inbox from "./inbox.js";
import { follow } from "./links.js";
import { bindMenu } from "./menu.js";
import { mark, showPane } from "./panes.js";
import { setSessions } from "./shop.js";
import * as staff from "./staff.js";

const title = document.title;
let unseen = 0;

function setState(state) {
  composer.setState(state);
  setSessions(state.sessions);
  staff.setState(state.staff);
}

function happened(event) {
  chat.apply(event);
  composer.refresh();
  if (event.kind === "message" && event.message.fromBot && !inView()) setUnseen(unseen + 1);
}

const inView = () => !document.hidden && byID("chat").checkVisibility();

function setUnseen(count) {
  unseen = count;
  mark("chat", unseen);
  document.title = unseen ? `(${unseen}) ${title}` : title;
}

function seen() {
  if (inView()) setUnseen(0);
}

listen({
  snapshot(all) {
    chat.reset(all.chat);
    staff.reset(all.group);
    inbox.reset(all);
    setState(all.state);
    document.body.classList.add("ready");
  },
  chat: happened,
  group: staff.apply,
  mail: inbox.mail,
  sms: inbox.text,
  state: setState,
});

document.addEventListener("click", follow);
document.addEventListener("visibilitychange", seen);
document.addEventListener("shown", seen);
bindMenu(byID("person"), byID("people"));
showPane(["staff", "inbox", "shop"].find((pane) => `#${pane}` === location.hash) ?? "chat");
