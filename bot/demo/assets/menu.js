// A button that opens a panel of choices, for mouse and keyboard.

import { el } from "./dom.js";

// showCommands fills the bot's menu, or hides it where there is none. send takes
// the command that is chosen.
export function showCommands(button, panel, commands, send) {
  const choice = ({ command, description }) => el("button", { type: "button", onclick: () => send(`/${command}`) },
    el("b", { text: `/${command}` }), el("span", { text: description }));
  panel.replaceChildren(...(commands ?? []).map(choice));
  button.hidden = !commands?.length;
}

// bindMenu makes a button open and close a panel.
export function bindMenu(button, panel) {
  const choices = () => [...panel.querySelectorAll("a, button")];
  const show = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  const close = () => {
    if (panel.contains(document.activeElement)) button.focus();
    show(false);
  };
  const step = (by) => {
    const all = choices();
    const at = all.indexOf(document.activeElement);
    all[(at + by + all.length) % all.length]?.focus();
  };

  show(false);
  button.setAttribute("aria-haspopup", "true");
  button.addEventListener("click", () => {
    show(panel.hidden);
    if (!panel.hidden) choices()[0]?.focus();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("a, button")) close();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  document.addEventListener("click", (event) => {
    if (!panel.contains(event.target) && !button.contains(event.target)) show(false);
  });
}
