// Sending a complaint, and what its answer leads to. A record is kept with its key before it is sent:
// whatever happens to the answer or to the phone, it is sent again as the same complaint.
import { asking, byId, form, notices, randomId, setBusy, showNotice, texts } from "./page.js";
import { asSent, drop, keep } from "./outbox.js";
import { current, fillForm, save, timer } from "./draft.js";
import { showUnsent } from "./unsent.js";
import { showReceipt } from "./receipt.js";

// Gives status 0 where no answer came. More time is allowed for each photo.
export const post = async (url, body, count) => {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), 60000 + 90000 * count);
  try {
    const reply = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
      signal: stop.signal,
    });
    return { status: reply.status, body: await reply.json() };
  } catch (error) {
    return { status: 0, body: {} };
  } finally {
    clearTimeout(limit);
  }
};

const submit = (record) => {
  const body = new FormData();
  const fields = { kind: record.kind, ...record.fields, idempotency_key: record.key };
  for (const name of Object.keys(fields)) body.append(name, fields[name]);
  record.photos.forEach((photo, index) => body.append("photos", photo, `foto-${index + 1}.jpg`));
  return post("/api/complaints", body, record.photos.length);
};

// Runs something that takes long. The button that was pressed says so, and nothing else can be done.
export const whileBusy = async (button, work) => {
  const label = button.textContent;
  const show = (busy, text, status) => {
    setBusy(busy);
    asking.inert = busy;
    button.textContent = text;
    button.classList.toggle("busy", busy);
    button.setAttribute("aria-disabled", busy);
    byId("status").textContent = status;
  };
  clearTimeout(timer);
  show(true, texts.busy, texts.said);
  const result = await work();
  show(false, label, "");
  return result;
};

export const isRefused = (status) => status >= 400 && status < 500 && status !== 429;
const isSame = (one, other) =>
  Object.keys({ ...one, ...other }).every((name) => one[name] === other[name]);

// Puts a record into the form, on the page of its kind.
export const openRecord = async (record) => {
  record.open = Date.now();
  const isKept = await keep(record);
  if (!form || form.dataset.kind !== record.kind) {
    if (isKept) location.href = "/pengaduan/" + record.kind + "/";
    return;
  }
  await save();
  if (history.state) {
    history.pushState(null, "", location.pathname);
    await showReceipt();
  }
  asking.hidden = false;
  fillForm(record);
  await showUnsent();
};

export const send = async (record, button) => {
  const earlier = record.sent;
  let isEarlier = false;
  const deliver = async () => {
    const isOffline = navigator.onLine === false;
    record.key = record.key || (earlier[0] || {}).key || randomId();
    record.open = 0;
    record.faults = null;
    const now = asSent(record);
    const isAgain = (one) => one.photos === now.photos && isSame(one.fields, now.fields);
    if (!isOffline && !earlier.some(isAgain)) record.sent = [...earlier, now];
    const isKept = await keep(record);
    let reply = isOffline ? { status: 0, body: {} } : await submit(record);
    // The key belongs to another content: what was posted before has arrived, and here is its receipt.
    if (reply.body.code === "IDEMPOTENCY_KEY_USED") {
      for (const one of earlier) {
        const found = await submit({ ...record, ...one, photos: [] });
        if (isRefused(found.status)) continue;
        isEarlier = !!found.body.ticket;
        reply = found;
        break;
      }
    } else if (reply.status === 200 && !now.photos) {
      // the photos that have been removed since have arrived all the same
      isEarlier = earlier.some((one) => one.photos && isSame(one.fields, now.fields));
    }
    return [reply, isKept];
  };
  const [reply, isKept] = await whileBusy(button, deliver);
  await handleReply(record, reply, isKept, earlier, isEarlier);
};

// `earlier`: what had been sent before this time. `isEarlier`: the receipt is for one of those.
const handleReply = async (record, { status, body }, isKept, earlier, isEarlier) => {
  if (body.ticket) {
    if (isEarlier) {
      Object.assign(record, { key: randomId(), sent: [], second: true });
      await keep(record);
    } else await drop(record);
    if (current === record) fillForm(null);
    history.pushState({ receipt: body, later: isEarlier && record.id }, "", "#tanda-terima");
    return showReceipt();
  }
  const faults = {};
  for (const { pointer, detail } of body.errors || []) faults[pointer.split("/")[1]] = detail;
  if (status === 413) faults.photos = texts.large;
  if (status === 422 && !faults.photos) faults.photos = body.detail;
  if (isRefused(status) && (status !== 409 || body.code)) {
    const sent = status === 409 ? [] : earlier;
    Object.assign(record, { key: "", faults, sent });
    await openRecord(record);
    notices.textContent = "";
    if (!Object.keys(faults).some((name) => byId(name + "-error"))) showNotice("refused", body);
    return;
  }
  if (form && (!current || current === record)) {
    fillForm(null);
    asking.hidden = true;
  }
  if (status === 429) {
    record.sent = earlier;
    await keep(record);
  }
  await showUnsent();
  const isPosted = !!record.sent.length;
  const name = status ? (status === 429 ? "429" : "503") : isPosted ? "lost" : "offline";
  const kept = isKept ? (isPosted ? texts.safe : texts.kept) : texts.unkept;
  const other = asking.hidden && texts.other;
  showNotice(name, { detail: body.detail || texts.lost, kept, other });
};
