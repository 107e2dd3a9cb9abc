// Cek NIK without leaving the page. All texts are in the page. Where anything is missing or fails
// on this phone, the form posts itself as it would without this script.
(() => {
  const at = (id) => document.getElementById(id);
  const form = at("check");
  const asking = at("asking");
  const result = at("result");
  const summary = at("errors");
  const go = at("go");
  const nik = at("nik");
  const inputs = [...form.querySelectorAll("input")];
  const digits = (text) => text.replace(/[^0-9A-Za-z]/g, "");
  const title = document.title;
  const words = go.dataset;
  const idle = go.textContent;
  let busy = false;

  // What to show: a copy of a template, with texts put where data-put says. Text only, never HTML.
  const say = (name, texts) => {
    const part = document.importNode(at("say-" + name).content, true);
    for (const place of part.querySelectorAll("[data-put]")) {
      const text = (texts || {})[place.dataset.put];
      if (Array.isArray(text)) place.append(...text);
      else if (text) place.textContent = text;
      else if (place.tagName === "DD") (place.previousElementSibling.remove(), place.remove());
      else place.remove();
    }
    return part;
  };
  const show = (...parts) => {
    result.textContent = "";
    result.append(...parts);
    const first = result.querySelector("[tabindex]");
    if (first) first.focus();
  };

  // Faults of fields: at the field, and in a summary that links to it and takes the focus.
  const fault = (input) => {
    const text = input.value.trim();
    const say = input.dataset;
    if (input === nik) {
      const typed = digits(text);
      if (!typed) return say.missing;
      if (/\D/.test(typed)) return say.letters;
      if (typed.length < 16) return say.short.replace("%", typed.length);
      if (typed.length > 16) return say.long.replace("%", typed.length);
    } else if (input.required && !text) return say.missing;
    else if (!inputs.some((one) => one !== nik && one.value.trim())) return say.missing;
  };
  const mark = (faults) => {
    const list = summary.querySelector("ul");
    list.textContent = "";
    for (const input of inputs) {
      const text = faults[input.name];
      const note = at(input.id + "-error");
      note.textContent = text || "";
      note.hidden = !text;
      input.parentNode.classList.toggle("wrong", !!text);
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      if (!text) continue;
      const link = document.createElement("a");
      link.href = "#" + input.id;
      link.textContent = text;
      link.onclick = (event) => {
        event.preventDefault();
        input.focus();
      };
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    summary.hidden = !list.children.length;
    if (!summary.hidden) summary.focus();
    return summary.hidden;
  };

  // Fails with OFFLINE where no answer comes.
  const OFFLINE = new Error("offline");
  const post = async (url, body) => {
    if (!self.fetch) throw new Error("no fetch");
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 40000);
    try {
      const reply = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body),
        signal: stop.signal,
      });
      return { status: reply.status, body: await reply.json().catch(() => ({})) };
    } catch (fault) {
      throw OFFLINE;
    } finally {
      clearTimeout(timer);
    }
  };
  const work = (worker, task) =>
    new Promise((done, fail) => {
      worker.onmessage = (event) => done(event.data);
      worker.onerror = fail;
      worker.postMessage(task);
    });
  const ask = async (fields) => {
    const worker = new Worker(form.dataset.solver);
    try {
      const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        (byte + 256).toString(16).slice(1),
      ).join("");
      const text = [nonce, fields.nik, fields.name || ""].concat(fields.kk_last6 || []).join("|");
      const question = await work(worker, { text });
      const given = await post(form.action + "/challenge", { question });
      if (given.status !== 200) return given;
      const { algorithm, challenge, salt, signature, maxNumber, maxnumber } = given.body;
      const number = await work(worker, { salt, challenge, maxnumber: maxNumber || maxnumber });
      if (number < 0) throw new Error("unsolved");
      const altcha = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
      return await post(form.action, { ...fields, proof: { nonce, altcha } });
    } finally {
      worker.terminate();
    }
  };

  const answer = (told) => {
    const origin = at("say-origin").dataset;
    const [year, month, day] = (told.as_of || "").split("-");
    const date = day && [+day, origin.months.split(" ")[month - 1], year].join(" ");
    const lines = [
      date && origin.date.replace("%", date),
      told.source && origin.source.replace("%", told.source.replace(/\.$/, "")),
    ];
    const items = (told.next_steps || []).map((step) => {
      const item = document.createElement("li");
      item.textContent = step;
      return item;
    });
    const texts = {
      message: told.message,
      origin: lines.filter(Boolean).join(" "),
      entitlements: told.entitlements.map((one) => say("aid", one)),
    };
    form.reset();
    count();
    asking.hidden = true;
    // Back brings the form again, empty; the answer and the question are kept nowhere.
    history.pushState(null, "", "#hasil");
    show(say(told.result, texts), say("next", { next_steps: items }));
    document.title = result.querySelector("h2").textContent + " · " + title;
    at("again").onclick = () => history.back();
  };
  const ask_again = () => {
    if (!asking.hidden) return;
    asking.hidden = false;
    result.textContent = "";
    document.title = title;
    nik.focus();
  };

  const send = async () => {
    const fields = {};
    for (const input of inputs) if (input.value.trim()) fields[input.name] = input.value.trim();
    for (const name of ["nik", "kk_last6"]) if (fields[name]) fields[name] = digits(fields[name]);
    let told = await ask(fields);
    // a challenge can have run out on a slow connection: once more, with a new one
    if ((told.body.type || "").endsWith("proof-refused")) told = await ask(fields);
    const { status, body } = told;
    if (status === 200 && body.result) return answer(body);
    result.textContent = "";
    if (status === 429) return show(say("429", body));
    if (status >= 500) return show(say("503", body));
    const faults = {};
    for (const { pointer, detail } of body.errors || []) faults[pointer.slice(2)] = detail;
    // refused, and for no field of this form
    if (mark(faults)) throw new Error("refused");
  };

  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    result.textContent = "";
    const faults = {};
    for (const input of inputs) faults[input.name] = fault(input);
    if (!mark(faults)) return;
    if (navigator.onLine === false) return show(say("offline"));
    busy = true;
    go.setAttribute("aria-disabled", "true");
    go.classList.add("busy");
    go.textContent = words.busy;
    at("status").textContent = words.said;
    try {
      await send();
    } catch (error) {
      if (error === OFFLINE) show(say("offline"));
      else form.submit();
    } finally {
      busy = false;
      go.removeAttribute("aria-disabled");
      go.classList.remove("busy");
      go.textContent = idle;
      at("status").textContent = "";
    }
  });

  // Sixteen digits are easier to compare with the card in groups of four.
  const count = () => {
    const typed = digits(nik.value);
    const place = nik.selectionEnd;
    if (/^\d{1,16}$/.test(typed) && place === nik.value.length) {
      const grouped = typed.replace(/(\d{4})(?=\d)/g, "$1 ");
      if (grouped !== nik.value) nik.value = grouped;
    }
    at("nik-count").textContent = typed ? at("nik-count").dataset.text.replace("%", typed.length) : "";
  };
  nik.addEventListener("input", count);
  addEventListener("popstate", ask_again);
  // Phones are lent: what was typed doesn't come back with the page.
  addEventListener("pagehide", () => {
    form.reset();
    result.textContent = "";
    asking.hidden = false;
  });
})();
