// The receipt. It belongs to an entry of this tab's history: it is there again when a phone short of
// memory reloads the page, and gone with the tab or when the resident is done.
import { asking, byId, dateText, listItem, notices, render, texts } from "./page.js";
import { outbox } from "./outbox.js";
import { showUnsent } from "./unsent.js";

const title = document.title;

// Shows the receipt of the history entry, or the form where that has none. The entry's state is
// {receipt, later}: `later` is the id of a changed version, which waits while the first has arrived.
export const showReceipt = async () => {
  const { receipt, later } = history.state || {};
  const place = byId("receipt");
  place.textContent = "";
  notices.textContent = "";
  asking.hidden = !!receipt;
  document.title = title;
  await showUnsent();
  if (!receipt) return;
  const next_steps = receipt.next_steps.map(listItem);
  const date = dateText(receipt.received_on, { year: "numeric", timeZone: "UTC" });
  const record = later && outbox.get(later);
  const changed = record && [render("changed", { text: record.fields.text || "" })];
  const already = record && texts.already;
  place.append(render("receipt", { ...receipt, next_steps, date, already, changed }));
  if (record) place.querySelector("[data-put=changed]").dataset.id = later;
  const { d, size } = receipt.qr;
  const code = place.querySelector("svg");
  code.setAttribute("viewBox", `0 0 ${size} ${size}`);
  code.firstElementChild.setAttribute("d", d);
  const heading = place.querySelector("h2");
  document.title = heading.textContent + " · " + title;
  scrollTo(0, 0);
  place.querySelector("[tabindex]").focus();
};

export const copy = async (record, button) => {
  const { receipt } = history.state;
  const text = texts.copy.replace("%", receipt.ticket).replace("%", receipt.secret);
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    const area = document.createElement("textarea");
    area.value = text;
    button.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = byId("status").textContent = texts.copied;
};
