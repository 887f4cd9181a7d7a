// The inbox: mails and text messages, newest first.

import { byID, clock, copyButton, el, findCode, icon } from "./dom.js";
import { follow, linked } from "./links.js";
import { bindTabs, mark } from "./panes.js";

const list = byID("mails");
const detail = byID("mail");
const texts = byID("texts");
const known = { mail: new Set(), sms: new Set() };
const unread = { mail: new Set(), sms: new Set() };

let front = "mail-panel";

// reset shows what is there when the page opens; that counts as read.
export function reset(inbox) {
  for (const mail of inbox.mails) addMail(mail, false);
  for (const message of inbox.texts ?? []) addText(message, false);
  count();
}

// mail shows a mail that has just come.
export function mail(message) {
  addMail(message, true);
  count();
}

// text shows an SMS that has just come.
export function text(message) {
  addText(message, true);
  count();
}

// isNew notes an id and tells whether it was unknown: a message can be both in
// the snapshot and in the news after it.
function isNew(kind, id) {
  const before = known[kind].size;
  known[kind].add(id);
  return known[kind].size > before;
}

function addMail(message, fresh) {
  if (!isNew("mail", message.id)) return;
  const row = el("button", { class: "mail", type: "button", onclick: () => open(message, row) },
    el("span", { class: "from", text: sender(message.from) }),
    el("time", { text: clock(message.received) }),
    el("span", { class: "subject", text: message.subject }),
    el("span", { class: "to", text: `to ${message.to}` }));
  if (fresh) {
    unread.mail.add(message.id);
    row.classList.add("unread");
  }
  list.prepend(el("li", {}, row));
}

const sender = (from) => from.replace(/\s*<.*>$/, "").replace(/^"|"$/g, "") || from;

function open(message, row) {
  unread.mail.delete(message.id);
  row.classList.remove("unread");
  count();
  const code = findCode(message.text);
  const back = el("button", { class: "back", type: "button", onclick: () => close(row) }, icon("back"), "All mail");
  detail.replaceChildren(
    el("div", { class: "mail-head" },
      el("div", { class: "mail-bar" }, back, code ? copyButton(`Copy ${code}`, code) : null),
      el("h3", { text: message.subject }),
      el("p", { class: "route", text: `${message.from} to ${message.to}, ${clock(message.received)}` })),
    message.html ? frame(message) : el("pre", { class: "mail-body" }, ...linked(message.text)));
  list.parentElement.hidden = true;
  detail.hidden = false;
  back.focus();
}

// frame shows a mail's own page. Nothing runs in it, but a click is seen here.
function frame({ id, subject }) {
  const body = el("iframe", { class: "mail-body", title: subject, sandbox: "allow-same-origin allow-popups", src: `/mail/${id}` });
  body.addEventListener("load", () => body.contentDocument.addEventListener("click", follow));
  return body;
}

function close(row) {
  detail.hidden = true;
  detail.replaceChildren();
  list.parentElement.hidden = false;
  row.focus();
}

function addText(message, fresh) {
  const key = `${message.id} ${message.received}`; // a repeated SMS has the same id
  if (!isNew("sms", key)) return;
  const code = findCode(message.text);
  if (fresh && front !== "sms-panel") unread.sms.add(key);
  texts.prepend(el("li", { class: "sms" },
    el("p", { class: "route", text: `to ${message.to}, ${clock(message.received)}` }),
    el("p", { class: "sms-text", dir: "auto" }, ...linked(message.text)),
    code ? copyButton(`Copy ${code}`, code) : null));
}

function count() {
  byID("no-mails").hidden = known.mail.size > 0;
  byID("no-texts").hidden = known.sms.size > 0;
  mark("mail", unread.mail.size);
  mark("sms", unread.sms.size);
  mark("inbox", unread.mail.size + unread.sms.size);
}

bindTabs(byID("inbox-tabs"), (panel) => {
  front = panel;
  if (panel === "sms-panel") unread.sms.clear();
  count();
});
