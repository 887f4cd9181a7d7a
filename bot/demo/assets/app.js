// Brings the parts of the page together.

import { listen } from "./api.js";
import * as chat from "./chat.js";
import * as composer from "./composer.js";
import { byID } from "./dom.js";
import * as inbox from "./inbox.js";
import { bindMenu } from "./menu.js";
import { mark, showPane } from "./panes.js";
import { setSessions } from "./shop.js";

const title = document.title;
let unseen = 0;

function setState(state) {
  composer.setState(state);
  setSessions(state.sessions);
}

function happened(event) {
  chat.apply(event);
  composer.refresh();
  if (event.kind === "message" && event.message.fromBot) countUnseen();
}

function countUnseen() {
  const chatHidden = getComputedStyle(byID("chat")).display === "none";
  if (!document.hidden && !chatHidden) return;
  unseen += 1;
  showUnseen();
}

function showUnseen() {
  mark("chat", unseen);
  document.title = unseen ? `(${unseen}) ${title}` : title;
}

function seen() {
  unseen = 0;
  showUnseen();
}

// follow goes where a link inside the page leads: to another pane, or to the
// chat with a deep link.
function follow(event) {
  const link = event.target.closest("a[href]");
  const target = link && new URL(link.href);
  if (!target || target.origin !== location.origin) return;
  const pane = target.hash.slice(1);
  if (!["chat", "inbox", "shop"].includes(pane)) return;
  event.preventDefault();
  showPane(pane);
  const start = target.searchParams.get("start");
  if (start) composer.offerStart(start);
  if (pane === "shop") byID("identifier").focus();
}

listen({
  snapshot(all) {
    chat.reset(all.chat);
    inbox.reset(all);
    setState(all.state);
    document.body.classList.add("ready");
  },
  chat: happened,
  mail: inbox.mail,
  sms: inbox.text,
  state: setState,
});

document.addEventListener("click", follow);
document.addEventListener("visibilitychange", seen);
byID("dock").addEventListener("click", seen);
bindMenu(byID("person"), byID("people"));
showPane(["inbox", "shop"].find((pane) => `#${pane}` === location.hash) ?? "chat");
