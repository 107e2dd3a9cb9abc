// Complaints without leaving the page. All texts are in the page. What isn't sent yet lies on this
// phone alone, and goes nowhere before its owner says so. Where the browser lacks something, the form
// posts itself as it would without this script.
(() => {
  if (!self.fetch || !self.FormData || !self.AbortController || !self.crypto) return;
  document.documentElement.classList.add("js");
  const at = (id) => document.getElementById(id);
  const form = at("complaint");
  const asking = at("asking");
  const unsent = at("unsent");
  const said = at("said");
  const words = unsent.dataset;
  const title = document.title;
  const picker = at("photos");
  const identity = at("identity");
  const controls = form ? [...form.elements].filter((one) => one.name && one.type !== "hidden") : [];
  const MEGABYTE = 1048576;
  // the record in the form, its photos, and what is being done to them
  let current = null;
  let photos = [];
  let preparing = null;
  let timer = 0;
  let busy = false;

  const token = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      (byte + 256).toString(16).slice(1),
    ).join("");

  const dated = (at, more) =>
    new Date(at).toLocaleString("id-ID", { day: "numeric", month: "long", ...more });

  // Not toLocaleString: loading a language's rules holds a slow phone up for a tenth of a second.
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ".");

  // A copy of a template, with texts put where data-put says. Text only, never HTML.
  const say = (name, texts) => {
    const part = document.importNode(at("say-" + name).content, true);
    for (const place of part.querySelectorAll("[data-put]")) {
      const text = (texts || {})[place.dataset.put];
      if (Array.isArray(text)) place.append(...text);
      else if (place.matches("input, textarea")) place.value = text;
      else if (text) place.textContent = text;
      else place.remove();
    }
    return part;
  };
  const show = (part, focus = true) => {
    said.textContent = "";
    said.append(part);
    if (focus) said.querySelector("[tabindex]").focus();
  };

  // What has no receipt yet. A record with a key was told to be sent, and that key makes it one
  // complaint however often it is sent; a draft has none. `open`: when it was last put into the form.
  // `sent`: with which key what was posted, and got no answer: it may have arrived.
  const shelf = new Map();
  const database = new Promise((done) => {
    try {
      const asked = indexedDB.open("pengaduan", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("unsent", { keyPath: "id" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => done(null);
    } catch (fault) {
      done(null);
    }
  });
  const stored = async (mode, work) => {
    const change = (await database).transaction("unsent", mode);
    return new Promise((done, fail) => {
      const asked = work(change.objectStore("unsent"));
      change.oncomplete = () => done(asked.result);
      change.onabort = fail;
    });
  };
  // Says whether the phone could keep it. A draft is kept without the NIK.
  const keep = (record) => {
    shelf.set(record.id, record);
    const fields = { ...record.fields };
    if (!record.key) delete fields.nik;
    return stored("readwrite", (all) => all.put({ ...record, fields })).then(
      () => true,
      () => false,
    );
  };
  const drop = (record) => {
    shelf.delete(record.id);
    return stored("readwrite", (all) => all.delete(record.id)).catch(() => {});
  };
  const copied = ({ key, fields, photos }) => ({ key, fields, photos: photos.length });
  const records = async () => {
    const found = await stored("readonly", (all) => all.getAll()).catch(() => []);
    for (const one of found) {
      // as kept before it was remembered what had been posted
      if (!one.sent) one.sent = one.key ? [copied(one)] : [];
      if (!shelf.has(one.id)) shelf.set(one.id, one);
    }
    return [...shelf.values()].sort((one, other) => one.at - other.at);
  };
  const list = async () => {
    const place = unsent.querySelector("ul");
    const { later } = history.state || {};
    const waiting = (await records()).filter((one) => one !== current && one.id !== later);
    place.textContent = "";
    for (const one of waiting) {
      const when = dated(one.at, { hour: "2-digit", minute: "2-digit" });
      let state = one.key ? words.ready : words.draft;
      if (one.second) state = words.second;
      if (one.sent.length) state = words.perhaps;
      const item = say("unsent", { title: one.title, when, state });
      item.firstElementChild.dataset.id = one.id;
      item.querySelector("[data-do=send]").hidden = !one.key;
      place.append(item);
    }
    unsent.hidden = !waiting.length;
  };

  // Photos are made small here, so that a slow line carries them; their metadata stays behind.
  // Drawn, not loaded: the page's policy lets no picture in but those of the site.
  const paint = async (photo, longest, canvas) => {
    const bitmap = await createImageBitmap(photo);
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    canvas.width = Math.max(1, bitmap.width * scale);
    canvas.height = Math.max(1, bitmap.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const smaller = async (file) => {
    try {
      const canvas = await paint(file, 1600, document.createElement("canvas"));
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      if (made) return made;
    } catch (fault) {
      // a browser that can't, or a file that is no picture: the server tells
    }
    return /^image\/(jpeg|png|webp)$/.test(file.type) ? file : null;
  };
  const add = async (files) => {
    let fault = "";
    for (const file of files) {
      if (photos.length >= form.dataset.photos) fault = words.many;
      else {
        const photo = await smaller(file);
        if (!photo) fault = words.unfit;
        else if (photo.size > 5 * MEGABYTE) fault = words.large;
        else photos.push(photo);
      }
    }
    draw();
    edited();
    save();
    note(picker, fault);
  };
  const draw = () => {
    const place = at("photo-list");
    place.textContent = "";
    photos.forEach((photo, index) => {
      const name = words.photo.replace("%", index + 1);
      const item = say("photo", { name, remove: words.remove.replace("%", index + 1) });
      item.querySelector("button").onclick = () => {
        photos.splice(index, 1);
        draw();
        edited();
        save();
        picker.focus();
      };
      const canvas = item.querySelector("canvas");
      place.append(item);
      paint(photo, 160, canvas).catch(() => canvas.remove());
    });
  };

  // Faults of fields: at the field, and in a summary that links to it and takes the focus.
  const note = (input, text) => {
    const place = at(input.id + "-error");
    if (!place) return;
    place.textContent = text || "";
    place.hidden = !text;
    input.closest(".field").classList.toggle("wrong", !!text);
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const mark = (faults, focus = true) => {
    const summary = at("errors");
    const lines = summary.querySelector("ul");
    lines.textContent = "";
    for (const input of [...controls, picker]) {
      const text = faults[input.id];
      note(input, text);
      if (!text) continue;
      const link = document.createElement("a");
      link.href = "#" + input.id;
      link.textContent = text;
      link.onclick = (event) => {
        event.preventDefault();
        input.focus();
      };
      const line = document.createElement("li");
      line.append(link);
      lines.append(line);
    }
    summary.hidden = !lines.children.length;
    if (focus && !summary.hidden) summary.focus();
    return summary.hidden;
  };
  const length = () => Array.from(at("text").value.trim()).length;
  const check = () => {
    const faults = {};
    const typed = length();
    const { shortest, longest } = at("text").dataset;
    for (const input of controls) {
      const missing = input.required && !input.value.trim() && !isHidden(input);
      if (missing) faults[input.id] = form.getAttribute("data-no-" + input.id) || words.missing;
    }
    if (typed < shortest || typed > longest) faults.text = words.length.replace("%", grouped(typed));
    const nik = at("nik");
    const digits = nik ? nik.value.replace(/[\s.-]/g, "") : "";
    if (digits && !isHidden(nik) && !/^\d{16}$/.test(digits)) faults.nik = words.nik;
    return faults;
  };

  // The form: read, filled in, emptied.
  const isHidden = (input) => identity && identity.hidden && identity.contains(input);
  const read = () => {
    const fields = {};
    for (const input of controls) {
      const value = input.type === "checkbox" ? input.checked && "true" : input.value.trim() && input.value;
      if (value && !isHidden(input)) fields[input.name] = value;
    }
    return fields;
  };
  const look = () => {
    const left = at("text-left");
    const rest = at("text").dataset.longest - length();
    const text = rest < 0 ? words.over : left.dataset.text;
    left.textContent = text.replace("%", grouped(Math.abs(rest)));
    if (identity && at("anonymous")) identity.hidden = at("anonymous").checked;
  };
  const assure = (record, kept) => {
    at("draft").hidden = !kept;
    at("bare").hidden = !record || !!record.key || !!record.sent.length;
  };
  const fill = (record) => {
    current = record;
    for (const input of controls) {
      const value = ((record || {}).fields || {})[input.name] || "";
      if (input.type === "checkbox") input.checked = !!value;
      else input.value = value;
    }
    photos = record ? [...record.photos] : [];
    draw();
    look();
    assure(record, !!record);
    mark((record || {}).faults || {}, !!record && !!record.faults);
  };
  const save = async () => {
    clearTimeout(timer);
    timer = 0;
    const record = current;
    if (!record || busy) return;
    if (Object.keys(record.fields).length || record.photos.length || record.sent.length) {
      assure(record, await keep(record));
    } else {
      current = null;
      at("draft").hidden = true;
      await drop(record);
    }
  };
  const edited = () => {
    if (busy) return;
    const now = Date.now();
    const { kind, title } = form.dataset;
    if (!current) current = { id: token(), kind, title, at: now, open: now, sent: [] };
    // other content is another complaint, unless what was posted before didn't arrive
    Object.assign(current, { key: "", faults: null, fields: read(), photos });
    clearTimeout(timer);
    timer = setTimeout(() => {
      look();
      save();
    }, 400);
  };
  const open = async (record) => {
    record.open = Date.now();
    const kept = await keep(record);
    if (!form || form.dataset.kind !== record.kind) {
      if (kept) location.href = "/pengaduan/" + record.kind + "/";
      return;
    }
    await save();
    if (history.state) {
      history.pushState(null, "", location.pathname);
      await told();
    }
    asking.hidden = false;
    fill(record);
    await list();
  };

  // Sending. It is kept before, with its key: whatever happens to the answer or to the phone, the
  // same is sent again as the same.
  const call = async (address, body, photos) => {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), 60000 + 90000 * photos);
    try {
      const reply = await fetch(address, {
        method: "POST",
        headers: { Accept: "application/json" },
        body,
        signal: stop.signal,
      });
      return { status: reply.status, body: await reply.json() };
    } catch (fault) {
      return { status: 0, body: {} };
    } finally {
      clearTimeout(limit);
    }
  };
  const post = (record) => {
    const body = new FormData();
    const sent = { kind: record.kind, ...record.fields, idempotency_key: record.key };
    for (const name of Object.keys(sent)) body.append(name, sent[name]);
    record.photos.forEach((photo, index) => body.append("photos", photo, `foto-${index + 1}.jpg`));
    return call("/api/complaints", body, record.photos.length);
  };
  const during = async (button, work) => {
    busy = true;
    clearTimeout(timer);
    const idle = button.textContent;
    button.textContent = words.busy;
    button.classList.add("busy");
    button.setAttribute("aria-disabled", "true");
    at("status").textContent = words.said;
    asking.inert = true;
    const result = await work();
    busy = asking.inert = false;
    button.textContent = idle;
    button.classList.remove("busy");
    button.removeAttribute("aria-disabled");
    at("status").textContent = "";
    return result;
  };
  const isRefusal = (status) => status >= 400 && status < 500 && status !== 429;
  const hasSame = (one, other) =>
    Object.keys({ ...one, ...other }).every((name) => one[name] === other[name]);
  const send = async (record, button) => {
    const earlier = record.sent;
    let first = false;
    const deliver = async () => {
      const isOff = navigator.onLine === false;
      record.key = record.key || (earlier[0] || {}).key || token();
      record.open = 0;
      record.faults = null;
      const now = copied(record);
      const isAgain = (one) => one.photos === now.photos && hasSame(one.fields, now.fields);
      if (!isOff && !earlier.some(isAgain)) record.sent = [...earlier, now];
      const kept = await keep(record);
      let reply = isOff ? { status: 0, body: {} } : await post(record);
      // Something else has this key: what was posted before did arrive, and here is its receipt.
      if (reply.body.code === "IDEMPOTENCY_KEY_USED") {
        for (const one of earlier) {
          const found = await post({ ...record, ...one, photos: [] });
          if (isRefusal(found.status)) continue;
          first = !!found.body.ticket;
          reply = found;
          break;
        }
      } else if (reply.status === 200 && !now.photos) {
        // photos that were taken out since lie there all the same
        first = earlier.some((one) => one.photos && hasSame(one.fields, now.fields));
      }
      return [reply, kept];
    };
    const [reply, kept] = await during(button, deliver);
    await settle(record, reply, kept, earlier, first);
  };
  const settle = async (record, { status, body }, kept, earlier, first) => {
    if (body.ticket) {
      if (first) {
        Object.assign(record, { key: token(), sent: [], second: true });
        await keep(record);
      } else await drop(record);
      if (current === record) fill(null);
      history.pushState({ receipt: body, later: first && record.id }, "", "#tanda-terima");
      return told();
    }
    const faults = {};
    for (const { pointer, detail } of body.errors || []) faults[pointer.split("/")[1]] = detail;
    if (status === 413) faults.photos = words.large;
    if (status === 422 && !faults.photos) faults.photos = body.detail;
    if (isRefusal(status) && (status !== 409 || body.code)) {
      const sent = status === 409 ? [] : earlier;
      Object.assign(record, { key: "", faults, sent });
      await open(record);
      const shown = Object.keys(faults).some((name) => at(name + "-error"));
      if (shown) said.textContent = "";
      else show(say("refused", body));
      return;
    }
    if (form && (!current || current === record)) {
      fill(null);
      asking.hidden = true;
    }
    if (status === 429) {
      record.sent = earlier;
      await keep(record);
    }
    await list();
    const isPerhapsThere = !!record.sent.length;
    const name = status ? (status === 429 ? "429" : "503") : isPerhapsThere ? "lost" : "offline";
    const other = asking.hidden && words.other;
    const safe = isPerhapsThere ? words.safe : words.kept;
    show(say(name, { detail: body.detail || words.lost, kept: kept ? safe : words.unkept, other }));
  };

  // The receipt belongs to an entry of this tab's history: a phone that puts the page away for want
  // of memory brings it back, and it is gone with the tab or when the resident is done.
  const told = async () => {
    const { receipt, later } = history.state || {};
    const place = at("receipt");
    place.textContent = "";
    said.textContent = "";
    asking.hidden = !!receipt;
    document.title = title;
    await list();
    if (!receipt) return;
    const steps = receipt.next_steps.map((text) => {
      const step = document.createElement("li");
      step.textContent = text;
      return step;
    });
    const date = dated(receipt.received_on, { year: "numeric", timeZone: "UTC" });
    const changed = later && shelf.get(later);
    const parts = changed && [say("changed", { text: changed.fields.text || "" })];
    const already = changed && words.already;
    place.append(say("receipt", { ...receipt, next_steps: steps, date, already, changed: parts }));
    if (changed) place.querySelector("[data-put=changed]").dataset.id = later;
    const { d, size } = receipt.qr;
    const code = place.querySelector("svg");
    code.setAttribute("viewBox", `0 0 ${size} ${size}`);
    code.firstElementChild.setAttribute("d", d);
    const heading = place.querySelector("h2");
    document.title = heading.textContent + " · " + title;
    scrollTo(0, 0);
    place.querySelector("[tabindex]").focus();
  };
  const copy = async (record, button) => {
    const { receipt } = history.state;
    const text = words.copy.replace("%", receipt.ticket).replace("%", receipt.secret);
    try {
      await navigator.clipboard.writeText(text);
    } catch (fault) {
      const area = document.createElement("textarea");
      area.value = text;
      button.parentNode.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = at("status").textContent = words.copied;
  };

  const actions = {
    send,
    open,
    drop: async (record) => {
      if (!confirm(record.sent.length ? words.forget : words.sure)) return;
      await drop(record);
      await (history.state ? told() : list());
      at("isi").focus();
    },
    // the same twice in a row counts once
    append: async (record, button) => {
      const { receipt } = history.state;
      const { ticket, secret } = receipt;
      const typed = new URLSearchParams({ ticket, secret, step: "add", text: at("more").value });
      const { status, body } = await during(button, () => call("/api/complaints/messages", typed, 0));
      if (status === 200) {
        await drop(record);
        history.replaceState({ receipt }, "");
        await told();
        return show(say("added"));
      }
      const [fault] = body.errors || [body];
      if (isRefusal(status)) show(say("refused", fault));
      else show(say(status === 429 ? "429" : "lost", { detail: fault.detail || words.again }));
    },
    discard: async () => {
      const record = current;
      if (record && record.sent.length && !confirm(words.forget)) return;
      clearTimeout(timer);
      fill(null);
      said.textContent = "";
      if (record) await drop(record);
      at("status").textContent = words.discarded;
      at("isi").focus();
    },
    other: () => {
      asking.hidden = false;
      said.textContent = "";
      controls[0].focus();
    },
    copy,
    print: () => print(),
    done: () => {
      at("receipt").textContent = "";
      history.replaceState(null, "", location.pathname);
      location.href = "/";
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button || busy) return;
    const item = button.closest("[data-id]");
    actions[button.dataset.do](item && shelf.get(item.dataset.id), button);
  });
  addEventListener("popstate", told);
  for (const name of ["pagehide", "visibilitychange"]) addEventListener(name, () => timer && save());

  const begin = async () => {
    const all = await records();
    let restored = false;
    if (form) {
      const mine = all.filter((one) => one.kind === form.dataset.kind && one.open);
      const last = mine.sort((one, other) => other.open - one.open)[0];
      // What was typed before this was ready counts more, what the browser itself brought back not.
      const typed = read();
      const isSame = (name) => typed[name] === last.fields[name];
      if (last && !current && Object.keys(typed).every(isSame)) {
        fill(last);
        restored = !last.faults;
      } else look();
    }
    await told();
    if (restored && !asking.hidden) {
      show(current.sent.length ? say("lost", { detail: words.lost }) : say("restored"), false);
    }
  };
  if (form) {
    at("photo-field").hidden = false;
    form.noValidate = true;
    form.addEventListener("input", (event) => {
      if (event.target === picker) return;
      if (event.target.id === "anonymous") look();
      edited();
    });
    picker.addEventListener("change", () => {
      const files = [...picker.files];
      picker.value = "";
      preparing = add(files);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      await preparing;
      busy = false;
      said.textContent = "";
      if (!mark(check())) return;
      if (!current || !current.key) edited();
      send(current, at("go"));
    });
  }
  begin();
})();
