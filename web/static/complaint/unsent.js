// The list of complaints without a receipt, above the form.
import { dateText, render, texts, unsent } from "./page.js";
import { readRecords } from "./outbox.js";
import { current } from "./draft.js";

// Without those that the form or the receipt shows.
export const showUnsent = async () => {
  const list = unsent.querySelector("ul");
  const { later } = history.state || {};
  const waiting = (await readRecords()).filter((one) => one !== current && one.id !== later);
  list.textContent = "";
  for (const record of waiting) {
    const when = dateText(record.at, { hour: "2-digit", minute: "2-digit" });
    let state = record.key ? texts.ready : texts.draft;
    if (record.second) state = texts.second;
    if (record.sent.length) state = texts.perhaps;
    const item = render("unsent", { title: record.title, when, state });
    item.firstElementChild.dataset.id = record.id;
    item.querySelector("[data-do=send]").hidden = !record.key;
    list.append(item);
  }
  unsent.hidden = !waiting.length;
};
