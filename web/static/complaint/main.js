// Complaints without leaving the page: the entry point, which ties buttons and events to the other
// parts. Where the browser lacks something, the form posts itself as it would without this script.
import { asking, byId, form, isBusy, notices, setBusy, showNotice, texts } from "./page.js";
import { drop, outbox, readRecords } from "./outbox.js";
import { controls, findFaults, picker, readFields, showFaults, updateHints } from "./fields.js";
import { addPhotos, changed, current, fillForm, save, timer } from "./draft.js";
import { showUnsent } from "./unsent.js";
import { copy, showReceipt } from "./receipt.js";
import { isRefused, openRecord, post, send, whileBusy } from "./sending.js";

// What a button does, by its data-do, with the record of the list item around it.
const actions = {
  send,
  open: openRecord,
  drop: async (record) => {
    if (!confirm(record.sent.length ? texts.forget : texts.sure)) return;
    await drop(record);
    await (history.state ? showReceipt() : showUnsent());
    byId("isi").focus();
  },
  // may be repeated: the server counts the same text twice in a row as one
  append: async (record, button) => {
    const { receipt } = history.state;
    const { ticket, secret } = receipt;
    const typed = new URLSearchParams({ ticket, secret, step: "add", text: byId("more").value });
    const { status, body } = await whileBusy(button, () => post("/api/complaints/messages", typed, 0));
    if (status === 200) {
      await drop(record);
      history.replaceState({ receipt }, "");
      await showReceipt();
      return showNotice("added");
    }
    const [fault] = body.errors || [body];
    if (isRefused(status)) showNotice("refused", fault);
    else showNotice(status === 429 ? "429" : "lost", { detail: fault.detail || texts.again });
  },
  discard: async () => {
    const record = current;
    if (record && record.sent.length && !confirm(texts.forget)) return;
    clearTimeout(timer);
    fillForm(null);
    notices.textContent = "";
    if (record) await drop(record);
    byId("status").textContent = texts.discarded;
    byId("isi").focus();
  },
  other: () => {
    asking.hidden = false;
    notices.textContent = "";
    controls[0].focus();
  },
  copy,
  print: () => print(),
  done: () => {
    byId("receipt").textContent = "";
    history.replaceState(null, "", location.pathname);
    location.href = "/";
  },
};

const start = () => {
  document.documentElement.classList.add("js");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button || isBusy) return;
    const item = button.closest("[data-id]");
    actions[button.dataset.do](item && outbox.get(item.dataset.id), button);
  });
  addEventListener("popstate", showReceipt);
  for (const name of ["pagehide", "visibilitychange"]) {
    addEventListener(name, () => timer && save());
  }
  if (!form) return;
  let adding = null;
  byId("photo-field").hidden = false;
  form.noValidate = true;
  form.addEventListener("input", (event) => {
    if (event.target === picker) return;
    if (event.target.id === "anonymous") updateHints();
    changed();
  });
  picker.addEventListener("change", () => {
    const files = [...picker.files];
    picker.value = "";
    adding = addPhotos(files);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await adding;
    setBusy(false);
    notices.textContent = "";
    if (!showFaults(findFaults())) return;
    if (!current || !current.key) changed();
    send(current, byId("go"));
  });
};

// Brings back the receipt of the history entry, or what was typed and not sent.
const restore = async () => {
  const records = await readRecords();
  let isRestored = false;
  if (form) {
    const [last] = records
      .filter((one) => one.kind === form.dataset.kind && one.open)
      .sort((one, other) => other.open - one.open);
    // The record wins over values that the browser itself has restored, not over newly typed ones.
    const typed = readFields();
    if (last && !current && Object.keys(typed).every((name) => typed[name] === last.fields[name])) {
      fillForm(last);
      isRestored = !last.faults;
    } else updateHints();
  }
  await showReceipt();
  if (isRestored && !asking.hidden) {
    showNotice(current.sent.length ? "lost" : "restored", { detail: texts.lost }, false);
  }
};

if (self.fetch && self.FormData && self.AbortController && self.crypto) {
  start();
  restore();
}
