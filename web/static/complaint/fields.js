// The fields of the form: read, filled in, checked, and marked where they are wrong.
import { byId, form, listItem, texts } from "./page.js";

export const controls = document.querySelectorAll("#complaint [name]:not([type=hidden])");
export const picker = byId("photos");
const identity = byId("identity");
const isHidden = (input) => identity && identity.hidden && identity.contains(input);

export const readFields = () => {
  const fields = {};
  for (const input of controls) {
    const value = input.type === "checkbox" ? input.checked && "true" : input.value.trim() && input.value;
    if (value && !isHidden(input)) fields[input.name] = value;
  }
  return fields;
};

export const fillFields = (fields) => {
  for (const input of controls) {
    const value = fields[input.name] || "";
    if (input.type === "checkbox") input.checked = !!value;
    else input.value = value;
  }
};

// Not toLocaleString: loading a language's rules holds a slow phone up for a tenth of a second.
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ".");
const textLength = () => [...byId("text").value.trim()].length;

// What depends on the values: the characters left, and who is asked for.
export const updateHints = () => {
  const left = byId("text-left");
  const rest = byId("text").dataset.longest - textLength();
  const text = rest < 0 ? texts.over : left.dataset.text;
  left.textContent = text.replace("%", grouped(Math.abs(rest)));
  if (identity && byId("anonymous")) identity.hidden = byId("anonymous").checked;
};

export const showFault = (input, text = "") => {
  const place = byId(input.id + "-error");
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
  input.closest(".field").classList.toggle("wrong", !!text);
  input.setAttribute("aria-invalid", !!text);
};

// Faults by field, at the field and in a summary that links to it. Says whether there are none.
export const showFaults = (faults, focus = true) => {
  const summary = byId("errors");
  const list = summary.querySelector("ul");
  list.textContent = "";
  for (const input of [...controls, picker]) {
    const text = faults[input.id];
    showFault(input, text);
    if (!text) continue;
    const link = document.createElement("a");
    link.href = "#" + input.id;
    link.textContent = text;
    link.onclick = (event) => {
      event.preventDefault();
      input.focus();
    };
    list.append(listItem(link));
  }
  summary.hidden = !list.children.length;
  if (focus && !summary.hidden) summary.focus();
  return summary.hidden;
};

export const findFaults = () => {
  const faults = {};
  const typed = textLength();
  const { shortest, longest } = byId("text").dataset;
  for (const input of controls) {
    const missing = input.required && !input.value.trim() && !isHidden(input);
    if (missing) faults[input.id] = form.getAttribute("data-no-" + input.id) || texts.missing;
  }
  if (typed < shortest || typed > longest) faults.text = texts.length.replace("%", grouped(typed));
  const nik = byId("nik");
  const digits = nik ? nik.value.replace(/[\s.-]/g, "") : "";
  if (digits && !isHidden(nik) && !/^\d{16}$/.test(digits)) faults.nik = texts.nik;
  return faults;
};
