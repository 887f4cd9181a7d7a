// Files of this computer, on their way into a message.

import { upload } from "./api.js";
import { el } from "./dom.js";
import { attempt } from "./notices.js";

const pickers = {
  photo: el("input", { type: "file", accept: "image/png,image/jpeg,image/gif", hidden: true }),
  document: el("input", { type: "file", hidden: true }),
};
let chosen = () => {};

// attachable gives what a message attaches as a kind: for a photo or a document
// it asks for a file first. It gives nothing when none is chosen or taken.
export function attachable(kind) {
  const picker = pickers[kind];
  if (!picker) return kind;
  return new Promise((resolve) => {
    chosen(); // an earlier question that was never answered
    chosen = resolve;
    picker.value = "";
    picker.click();
  });
}

for (const [kind, picker] of Object.entries(pickers)) {
  document.body.append(picker);
  picker.addEventListener("change", () => chosen(attempt(() => upload(kind, picker.files[0]))));
  picker.addEventListener("cancel", () => chosen());
}
