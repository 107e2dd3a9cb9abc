// The record in the form, with its fields and photos: saved on the phone while somebody types.
import { byId, form, isBusy, randomId, render, texts } from "./page.js";
import { drop, keep } from "./outbox.js";
import { paint, shrink } from "./photos.js";
import { fillFields, picker, readFields, showFault, showFaults, updateHints } from "./fields.js";

export let current = null;
// of the next save; 0 where nothing waits to be saved
export let timer = 0;
let photos = [];

const showKept = (record, isKept) => {
  byId("draft").hidden = !isKept;
  byId("bare").hidden = !record || !!record.key || !!record.sent.length;
};

export const save = async () => {
  clearTimeout(timer);
  timer = 0;
  const record = current;
  if (!record || isBusy) return;
  if (Object.keys(record.fields).length || record.photos.length || record.sent.length) {
    showKept(record, await keep(record));
  } else {
    current = null;
    byId("draft").hidden = true;
    await drop(record);
  }
};

// Called when a field or the photos have changed: saves the record a moment later.
export const changed = () => {
  if (isBusy) return;
  const now = Date.now();
  const { kind, title } = form.dataset;
  if (!current) current = { id: randomId(), kind, title, at: now, open: now, sent: [] };
  // changed content needs a new key, unless what was posted before hasn't arrived
  Object.assign(current, { key: "", faults: null, fields: readFields(), photos });
  clearTimeout(timer);
  timer = setTimeout(() => {
    updateHints();
    save();
  }, 400);
};

const showPhotos = () => {
  const place = byId("photo-list");
  place.textContent = "";
  photos.forEach((photo, index) => {
    const name = texts.photo.replace("%", index + 1);
    const item = render("photo", { name, remove: texts.remove.replace("%", index + 1) });
    item.querySelector("button").onclick = () => {
      photos.splice(index, 1);
      showPhotos();
      changed();
      save();
      picker.focus();
    };
    const canvas = item.querySelector("canvas");
    place.append(item);
    paint(photo, 160, canvas).catch(() => canvas.remove());
  });
};

export const addPhotos = async (files) => {
  let fault = "";
  for (const file of files) {
    if (photos.length >= form.dataset.photos) fault = texts.many;
    else {
      const photo = await shrink(file);
      if (!photo) fault = texts.unfit;
      // 5 MB, as on the server
      else if (photo.size > 5 * 1048576) fault = texts.large;
      else photos.push(photo);
    }
  }
  showPhotos();
  changed();
  save();
  showFault(picker, fault);
};

// Puts a record into the form; null empties it.
export const fillForm = (record) => {
  const { fields, photos: kept, faults } = record || { fields: {}, photos: [] };
  current = record;
  fillFields(fields);
  photos = [...kept];
  showPhotos();
  updateHints();
  showKept(record, !!record);
  showFaults(faults || {}, !!faults);
};
