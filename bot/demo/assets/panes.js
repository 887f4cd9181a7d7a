// Panes and tabs. On narrow screens one pane shows at a time.

import { byID } from "./dom.js";

const dock = byID("dock");

const showView = bindTabs(byID("views"), front);

// showPane brings a pane to the front: "chat", "staff", "inbox" or "shop". The
// first two share a place on wide screens, too.
export function showPane(name) {
  if (byID("views").querySelector(`[aria-controls="${name}"]`)) showView(name);
  else front(name);
}

// front is followed by the event "shown" of the document.
function front(name) {
  document.body.dataset.pane = name;
  for (const button of dock.querySelectorAll("button")) {
    button.ariaCurrent = button.dataset.pane === name ? "true" : null;
  }
  document.dispatchEvent(new Event("shown"));
}

// bindTabs makes a tab list work as the ARIA practices describe: arrows move
// between tabs. shown is called with the id of the panel that is in front. What
// it returns brings a panel to the front by its id.
export function bindTabs(list, shown = () => {}) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const select = (tab) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      byID(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    shown(tab.getAttribute("aria-controls"));
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
    next.focus();
    select(next);
  });
  select(tabs[0]);
  return (panel) => select(tabs.find((tab) => tab.getAttribute("aria-controls") === panel));
}

// mark puts a count on everything that carries data-badge with this name.
export function mark(name, count) {
  for (const badge of document.querySelectorAll(`[data-badge="${name}"]`)) {
    badge.textContent = count;
    badge.hidden = count === 0;
  }
}

dock.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) showPane(button.dataset.pane);
});
