// Toasts and dialogs.

import { byID, el } from "./dom.js";

// toast shows a line for a few seconds.
export function toast(text) {
  const line = el("div", { class: "toast", text });
  byID("toasts").append(line);
  setTimeout(() => line.classList.add("leaving"), 3500);
  setTimeout(() => line.remove(), 4000);
}

// attempt runs an action and shows what went wrong with it.
export async function attempt(action) {
  try {
    return await action();
  } catch (problem) {
    toast(problem.message);
    return undefined;
  }
}

// ask shows a dialog with the buttons given and resolves to the pressed one,
// or to "" when it was closed otherwise.
export function ask(title, text, ...labels) {
  const choose = (label) => el("button", { type: "submit", value: label, text: label });
  const form = el("form", { method: "dialog" },
    title ? el("h2", { text: title }) : null,
    el("p", { text }),
    el("div", { class: "choices" }, ...labels.map(choose)));
  const dialog = el("dialog", { class: "dialog" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
