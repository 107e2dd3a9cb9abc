// Cek Kelayakan, one question a screen. Nothing is sent or stored: answers are the page's own radio
// buttons, and belong to the entry of this tab's history that is in sight, so that a page which is
// loaded again has them; the address holds the number of the question alone. Texts and rules are in
// the page.
document.documentElement.classList.add("js");

// JsonLogic, as much of it as shared/programmes/rules.py lets into a rule
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
  const at = (id) => document.getElementById(id);
  const all = (selector, inside) => [...(inside || document).querySelectorAll(selector)];
  const questions = all("#soal > li");
  const errors = at("errors");
  const cards = all("[data-rule]");
  const verdicts = ["likely", "unclear", "unlikely"];
  const chosen = (question) => question.querySelector(":checked");
  const title = document.title;

  const fill = (answers) => {
    for (const input of all("#soal input")) input.checked = answers[input.name] === input.value;
  };
  const given = () => {
    const answers = {};
    for (const input of all("#soal :checked")) answers[input.name] = input.value;
    return answers;
  };
  const keep = () => history.replaceState(given(), "");

  const result = () => {
    const answers = given();
    const found = { likely: [], unclear: [], unlikely: [] };
    for (const card of cards) {
      const outcome = judge(JSON.parse(card.dataset.rule), answers);
      // an outcome may stand in several rows of the paper: one is enough here
      const fits = card.querySelector(`[data-outcome="${outcome}"]`);
      for (const row of all("[data-outcome]", card)) row.hidden = row !== fits;
      const verdict = verdicts.find((one) => fits.classList.contains(one));
      if (card.parentNode === at("kartu")) found[verdict].push(card);
    }
    const said = at("jumlah");
    said.textContent = said.dataset.text;
    for (const verdict of verdicts) {
      found[verdict].forEach((card) => card.parentNode.append(card));
      said.textContent = said.textContent.replace("%", found[verdict].length);
    }
  };

  const show = (moved) => {
    const hash = location.hash.slice(1);
    const open = questions.findIndex((question) => !chosen(question));
    const number = hash === "hasil" ? questions.length : questions.findIndex((one) => one.id === hash);
    if (open >= 0 && number > open) return location.replace("#" + questions[open].id);
    keep();
    // the link that leads to the content is no step of ours
    if (moved && hash && number < 0) return;
    errors.hidden = true;
    at("awal").hidden = number >= 0;
    at("hasil").hidden = number < questions.length;
    // until then all questions and rows are printed, to be ticked on paper
    document.documentElement.classList.toggle("told", number === questions.length);
    questions.forEach((question, index) => (question.hidden = index !== number));
    if (number === questions.length) result();
    const first = number < 0 ? at("isi") : (questions[number] || at("hasil")).querySelector("[tabindex]");
    document.title = number < 0 ? title : first.textContent.trim() + " · " + title;
    scrollTo(0, 0);
    if (moved) first.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const go = event.target.dataset.go;
    const number = questions.findIndex((question) => !question.hidden);
    const leave = (hash) => {
      // only the entry in sight has the answers: none is left behind to be found by Back
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
      leave((questions[number + 1] || at("hasil")).id);
    } else if (go === "next") {
      errors.hidden = false;
      errors.focus();
    }
  });
  document.addEventListener("change", keep);
  // instead of what the browser itself remembered
  fill(history.state || {});
  addEventListener("hashchange", () => show(true));
  show(!!location.hash);
  // until here the stylesheet kept questions and result out of sight, so that nothing jumps
  document.documentElement.classList.add("set");
});
