// Cek Kelayakan, one question a screen. Nothing is sent or stored: the answers are the page's own radio
// buttons, and the state of the current entry of this tab's history, so that they outlive a reload. The
// address holds the id of the question alone. Texts and rules are in the page.
document.documentElement.classList.add("js");

// Evaluates a rule in JsonLogic, with the operators that shared/programmes/rules.py allows.
const judge = (rule, data) => {
  if (Array.isArray(rule)) return rule.map((part) => judge(part, data));
  const keys = rule && typeof rule === "object" ? Object.keys(rule) : [];
  if (keys.length !== 1) return rule;
  const op = keys[0];
  const parts = [].concat(rule[op]);
  const value = (index) => judge(parts[index], data);
  const holds = (given) => (Array.isArray(given) ? given.length > 0 : !!given);
  let at = 0;
  let last = null;
  switch (op) {
    case "if":
      for (; at < parts.length - 1; at += 2) if (holds(value(at))) return value(at + 1);
      return at < parts.length ? value(at) : null;
    case "and":
    case "or":
      for (; at < parts.length; at++) if (holds((last = value(at))) === (op === "or")) break;
      return last;
    case "!":
      return !holds(value(0));
    case "===":
      return value(0) === value(1);
    case "in":
      last = value(1);
      return !!last && !!last.indexOf && last.indexOf(value(0)) >= 0;
    case "var": {
      const name = value(0);
      if (name === undefined || name === null || name === "") return data;
      last = data;
      for (const step of String(name).split(".")) {
        last = last === null || last === undefined ? last : last[step];
      }
      return last === null || last === undefined ? (parts.length > 1 ? value(1) : null) : last;
    }
  }
  throw new Error("operator");
};

addEventListener("DOMContentLoaded", () => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, inside) => [...(inside || document).querySelectorAll(selector)];
  const questions = all("#soal > li");
  const errors = byId("errors");
  const cards = all("[data-rule]");
  const verdicts = ["likely", "unclear", "unlikely"];
  const chosen = (question) => question.querySelector(":checked");
  const title = document.title;

  const fill = (answers) => {
    for (const input of all("#soal input")) input.checked = answers[input.name] === input.value;
  };
  const readAnswers = () => {
    const answers = {};
    for (const input of all("#soal :checked")) answers[input.name] = input.value;
    return answers;
  };
  const keep = () => history.replaceState(readAnswers(), "");

  const showResult = () => {
    const answers = readAnswers();
    const found = { likely: [], unclear: [], unlikely: [] };
    for (const card of cards) {
      const outcome = judge(JSON.parse(card.dataset.rule), answers);
      // the printed page may have several rows of one outcome: one is enough here
      const fits = card.querySelector(`[data-outcome="${outcome}"]`);
      for (const row of all("[data-outcome]", card)) row.hidden = row !== fits;
      const verdict = verdicts.find((one) => fits.classList.contains(one));
      if (card.parentNode === byId("kartu")) found[verdict].push(card);
    }
    const counts = byId("jumlah");
    counts.textContent = counts.dataset.text;
    for (const verdict of verdicts) {
      found[verdict].forEach((card) => card.parentNode.append(card));
      counts.textContent = counts.textContent.replace("%", found[verdict].length);
    }
  };

  const show = (hash, moved) => {
    const open = questions.findIndex((question) => !chosen(question));
    const number = hash === "hasil" ? questions.length : questions.findIndex((one) => one.id === hash);
    if (open >= 0 && number > open) return location.replace("#" + questions[open].id);
    keep();
    // the link to the content (#isi) is no step of the questions
    if (moved && hash && number < 0) return;
    errors.hidden = true;
    byId("awal").hidden = number >= 0;
    byId("hasil").hidden = number < questions.length;
    // before the result, all questions and rows are printed, to be ticked on paper
    document.documentElement.classList.toggle("told", number === questions.length);
    questions.forEach((question, index) => (question.hidden = index !== number));
    if (number === questions.length) showResult();
    const first = number < 0 ? byId("isi") : (questions[number] || byId("hasil")).querySelector("[tabindex]");
    document.title = number < 0 ? title : first.textContent.trim() + " · " + title;
    scrollTo(0, 0);
    if (moved) first.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const go = event.target.dataset.go;
    const number = questions.findIndex((question) => !question.hidden);
    const leave = (hash) => {
      // the current entry alone has the answers: Back must not find them in an earlier one
      history.replaceState(null, "");
      location.hash = hash;
    };
    if (go === "back") history.back();
    if (go === "to") {
      event.preventDefault();
      leave(event.target.hash);
    }
    if (go === "again") {
      fill({});
      leave(questions[0].id);
    }
    if (go === "fix") {
      event.preventDefault();
      questions[number].querySelector("input").focus();
    }
    if (go === "next" && chosen(questions[number])) {
      leave((questions[number + 1] || byId("hasil")).id);
    } else if (go === "next") {
      errors.hidden = false;
      errors.focus();
    }
  });
  document.addEventListener("change", keep);
  // instead of what the browser itself has restored
  fill(history.state || {});
  // the step that this event is about: by now the address may be one further
  addEventListener("hashchange", (event) => show(new URL(event.newURL).hash.slice(1), true));
  show(location.hash.slice(1), !!location.hash);
  // until here the stylesheet hides questions and result, so that nothing jumps
  document.documentElement.classList.add("set");
});
