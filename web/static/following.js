// Cek Pengaduan without leaving the page: a form is sent behind it, and the page that answers takes
// its place. Where no answer comes, all that was typed stays. Texts are in the page; where the
// browser lacks something, a form posts itself as it would without this script.
(() => {
  if (!self.fetch || !self.AbortController) return;
  const unsent = document.getElementById("say-unsent");
  const said = document.createElement("p");
  const isQuestion = !location.pathname.startsWith("/api/");
  let main = document.querySelector("main");
  let asked = null;
  let notice = null;
  let busy = false;

  const show = (other, title) => {
    main.replaceWith(other);
    main = other;
    document.title = title;
    const first = main.querySelector(".error-summary") || main.querySelector("h1");
    first.tabIndex = -1;
    scrollTo(0, 0);
    first.focus();
  };

  // Back brings the question again, empty: answer, number and secret are kept nowhere.
  const ask_again = () => {
    if (!asked) return;
    const [question, title] = asked;
    asked = null;
    question.querySelector("form").reset();
    show(question, title);
  };
  const answer = (other, title) => {
    if (isQuestion && !asked) {
      asked = [main, document.title];
      history.replaceState("question", "");
      history.pushState("answer", "", "#status");
    }
    show(other, title);
  };

  const tell = (form, label, reason) => {
    notice = document.importNode(unsent.content, true).firstElementChild;
    const [why, again] = notice.querySelectorAll("span");
    if (reason) {
      why.textContent = reason;
      again.remove();
    }
    again.firstElementChild.textContent = label;
    form.before(notice);
    notice.focus();
  };
  const post = async (form) => {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), 40000);
    try {
      const reply = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "text/html" },
        body: new URLSearchParams(new FormData(form)),
        signal: stop.signal,
      });
      return new DOMParser().parseFromString(await reply.text(), "text/html");
    } catch (fault) {
      return null;
    } finally {
      clearTimeout(limit);
    }
  };

  said.className = "vh";
  said.setAttribute("role", "status");
  document.body.append(said);
  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    const form = event.target;
    const button = form.querySelector(".button");
    const label = button.textContent;
    const here = main;
    if (notice) notice.remove();
    button.textContent = said.textContent = unsent.dataset.busy;
    button.classList.add("busy");
    busy = here.inert = true;
    const page = await post(form);
    busy = here.inert = false;
    button.classList.remove("busy");
    button.textContent = label;
    said.textContent = "";
    // whoever went back meanwhile wants no answer any more
    if (here !== main) return;
    const other = page && page.querySelector("main");
    if (other && other.querySelector("form")) return answer(other, page.title);
    // an explanation alone would take what was typed away
    const reason = other && other.querySelector(".error-summary, .lead");
    tell(form, label, reason && reason.textContent);
  });
  addEventListener("popstate", () => history.state === "question" && ask_again());
  // Phones are lent: what was told doesn't come back with the page.
  addEventListener("pagehide", ask_again);
})();
