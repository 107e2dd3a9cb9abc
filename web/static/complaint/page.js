// What all parts of the complaint script share: elements, texts and templates of the page, and whether
// something is being sent. All texts are in the page.
export const byId = (id) => document.getElementById(id);
// absent on the page that lists the kinds of complaint
export const form = byId("complaint");
export const asking = byId("asking");
export const notices = byId("said");
export const unsent = byId("unsent");
export const texts = unsent.dataset;

export let isBusy = false;
export const setBusy = (value) => {
  isBusy = value;
};

// 128 random bits in hexadecimal.
export const randomId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => (byte + 256).toString(16).slice(1))
    .join("");

export const dateText = (date, options) =>
  new Date(date).toLocaleString("id-ID", { day: "numeric", month: "long", ...options });

export const listItem = (content) => {
  const item = document.createElement("li");
  item.append(content);
  return item;
};

// A copy of a template, with values put where data-put says. Text only, never HTML.
export const render = (name, values = {}) => {
  const part = document.importNode(byId("say-" + name).content, true);
  for (const place of part.querySelectorAll("[data-put]")) {
    const value = values[place.dataset.put];
    if (Array.isArray(value)) place.append(...value);
    else if (place.matches("input, textarea")) place.value = value;
    else if (value) place.textContent = value;
    else place.remove();
  }
  return part;
};

export const showNotice = (name, values, focus = true) => {
  notices.textContent = "";
  notices.append(render(name, values));
  if (focus) notices.querySelector("[tabindex]").focus();
};
