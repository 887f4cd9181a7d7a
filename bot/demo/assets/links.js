// Links that stay on this page: to another pane of it, and to the bot.

import * as composer from "./composer.js";
import { byID, el } from "./dom.js";
import { showPane } from "./panes.js";

const bot = document.body.dataset.bot;

// follow goes where a clicked link leads, if that is on this page.
export function follow(event) {
  const link = event.target.closest("a[href]");
  const target = link && new URL(link.href);
  if (!target) return;
  if (isBot(target)) toBot(target);
  else if (target.origin !== location.origin || !toPane(target)) return;
  event.preventDefault();
}

const isBot = ({ hostname, pathname }) => hostname === "t.me" && pathname.slice(1).toLowerCase() === bot.toLowerCase();

// toBot does what Telegram does with a deep link, and presses Start, too.
function toBot(target) {
  showPane("chat");
  const payload = target.searchParams.get("start");
  if (payload) composer.begin(payload);
}

function toPane(target) {
  const pane = target.hash.slice(1);
  if (!["chat", "staff", "inbox", "shop"].includes(pane)) return false;
  showPane(pane);
  const start = target.searchParams.get("start");
  if (start) composer.offerStart(start);
  if (pane === "shop") byID("identifier").focus();
  return true;
}

// linked gives a plain text in parts, its links to the bot as such.
export function linked(text) {
  const parts = text.split(/(https:\/\/t\.me\/\w+\?start=[\w-]+)/);
  return parts.map((part, i) => (i % 2 ? el("a", { href: part, text: part, target: "_blank", rel: "noopener" }) : part));
}
