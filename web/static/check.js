// Cek NIK without leaving the page. All texts are in the page. Where the browser lacks something, or
// anything here fails, the form posts itself as it would without this script.
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("check");
  const asking = byId("asking");
  const result = byId("result");
  const summary = byId("errors");
  const button = byId("go");
  const nik = byId("nik");
  const kk = byId("kk_last6");
  const kkAsked = !kk.disabled;
  const allInputs = [...form.querySelectorAll("input")];
  let inputs = allInputs.filter((input) => !input.disabled);
  const digits = (text) => text.replace(/[^0-9A-Za-z]/g, "");
  const title = document.title;
  const texts = button.dataset;
  const idle = button.textContent;
  let busy = false;

  // The KK number is asked for also where this kelurahan doesn't, once a NIK has had its misses.
  const askForKk = (isAsked) => {
    kk.disabled = !isAsked;
    kk.parentNode.hidden = !isAsked;
    inputs = allInputs.filter((input) => !input.disabled);
  };

  // A copy of a template, with texts put where data-put says. Text only, never HTML.
  const render = (name, values = {}) => {
    const part = document.importNode(byId("say-" + name).content, true);
    for (const place of part.querySelectorAll("[data-put]")) {
      const text = values[place.dataset.put];
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

  // What is wrong with a field, if anything.
  const findFault = (input) => {
    const text = input.value.trim();
    const { missing, letters, short, long } = input.dataset;
    if (input === nik) {
      const typed = digits(text);
      if (!typed) return missing;
      if (/\D/.test(typed)) return letters;
      if (typed.length < 16) return short.replace("%", typed.length);
      if (typed.length > 16) return long.replace("%", typed.length);
    } else if (input.required && !text) return missing;
    else if (!inputs.some((one) => one !== nik && one.value.trim())) return missing;
  };
  // Faults at their fields, and in a summary that links to them and takes the focus. Says whether
  // there are none.
  const showFaults = (faults) => {
    const list = summary.querySelector("ul");
    list.textContent = "";
    for (const input of inputs) {
      const text = faults[input.name];
      const note = byId(input.id + "-error");
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
    } catch (error) {
      throw OFFLINE;
    } finally {
      clearTimeout(timer);
    }
  };
  const workOn = (worker, task) =>
    new Promise((done, fail) => {
      worker.onmessage = (event) => done(event.data);
      worker.onerror = fail;
      worker.postMessage(task);
    });
  // A question with its proof of work, which the worker makes; a harder one while many ask in vain.
  const ask = async (fields, hard) => {
    const worker = new Worker(form.dataset.solver);
    try {
      const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        (byte + 256).toString(16).slice(1),
      ).join("");
      const text = [nonce, fields.nik, fields.name || ""].concat(fields.kk_last6 || []).join("|");
      const question = await workOn(worker, { text });
      const given = await post(form.action + "/challenge", hard ? { question, hard } : { question });
      if (given.status !== 200) return given;
      const { algorithm, challenge, salt, signature, maxNumber, maxnumber } = given.body;
      const number = await workOn(worker, { salt, challenge, maxnumber: maxNumber || maxnumber });
      if (number < 0) throw new Error("unsolved");
      const altcha = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
      return await post(form.action, { ...fields, proof: { nonce, altcha } });
    } finally {
      worker.terminate();
    }
  };

  const showAnswer = (reply) => {
    const origin = byId("say-origin").dataset;
    const [year, month, day] = (reply.as_of || "").split("-");
    const date = day && [+day, origin.months.split(" ")[month - 1], year].join(" ");
    const lines = [
      date && origin.date.replace("%", date),
      reply.source && origin.source.replace("%", reply.source.replace(/\.$/, "")),
    ];
    const items = (reply.next_steps || []).map((step) => {
      const item = document.createElement("li");
      item.textContent = step;
      return item;
    });
    const values = {
      message: reply.message,
      origin: lines.filter(Boolean).join(" "),
      entitlements: reply.entitlements.map((one) => render("aid", one)),
    };
    form.reset();
    groupDigits();
    askForKk(kkAsked);
    asking.hidden = true;
    // Back shows the form again, empty; the answer and the question are kept nowhere.
    history.pushState(null, "", "#hasil");
    show(render(reply.result, values), render("next", { next_steps: items }));
    document.title = result.querySelector("h2").textContent + " · " + title;
    byId("again").onclick = () => history.back();
  };
  const askAgain = () => {
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
    let reply = await ask(fields);
    // on a slow connection the challenge can have expired, or has become too easy: once more
    if ((reply.body.type || "").endsWith("proof-refused")) {
      reply = await ask(fields, reply.body.code === "HARDER");
    }
    const { status, body } = reply;
    if (status === 200 && body.result) return showAnswer(body);
    result.textContent = "";
    if ((body.type || "").endsWith("kk-needed")) askForKk(true);
    else if (status === 429) return show(render("429", body));
    if (status >= 500) return show(render("503", body));
    const faults = {};
    for (const { pointer, detail } of body.errors || []) faults[pointer.slice(2)] = detail;
    // refused, and for no field of this form
    if (showFaults(faults)) throw new Error("refused");
  };

  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    result.textContent = "";
    const faults = {};
    for (const input of inputs) faults[input.name] = findFault(input);
    if (!showFaults(faults)) return;
    if (navigator.onLine === false) return show(render("offline"));
    busy = true;
    button.setAttribute("aria-disabled", "true");
    button.classList.add("busy");
    button.textContent = texts.busy;
    byId("status").textContent = texts.said;
    const slow = setTimeout(() => {
      button.textContent = texts.slow;
      byId("status").textContent = texts.slowSaid;
    }, 4000);
    try {
      await send();
    } catch (error) {
      if (error === OFFLINE) show(render("offline"));
      else form.submit();
    } finally {
      clearTimeout(slow);
      busy = false;
      button.removeAttribute("aria-disabled");
      button.classList.remove("busy");
      button.textContent = idle;
      byId("status").textContent = "";
    }
  });

  // The NIK in groups of four digits, easier to compare with the card, and how many there are.
  const groupDigits = () => {
    const typed = digits(nik.value);
    const place = nik.selectionEnd;
    if (/^\d{1,16}$/.test(typed) && place === nik.value.length) {
      const grouped = typed.replace(/(\d{4})(?=\d)/g, "$1 ");
      if (grouped !== nik.value) nik.value = grouped;
    }
    const counter = byId("nik-count");
    counter.textContent = typed ? counter.dataset.text.replace("%", typed.length) : "";
  };
  nik.addEventListener("input", groupDigits);
  addEventListener("popstate", askAgain);
  // Phones are lent: what was typed must not come back with the page.
  addEventListener("pagehide", () => {
    form.reset();
    askForKk(kkAsked);
    result.textContent = "";
    asking.hidden = false;
  });
})();
