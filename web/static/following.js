// Cek Pengaduan without leaving the page: forms are sent by fetch, and the main part of the page that
// is answered replaces this one's. Where no answer comes, all that was typed stays. All texts are in
// the page. Where the browser lacks something, a form posts itself as it would without this script.
(() => {
  if (!self.fetch || !self.AbortController) return;
  const unsent = document.getElementById("say-unsent");
  const status = document.createElement("p");
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

  // Back shows the form again, empty: answer, number and secret are kept nowhere.
  const askAgain = () => {
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

  const showUnsent = (form, label, reason) => {
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
    } catch (error) {
      return null;
    } finally {
      clearTimeout(limit);
    }
  };

  status.className = "vh";
  status.setAttribute("role", "status");
  document.body.append(status);
  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    const form = event.target;
    const button = form.querySelector(".button");
    const label = button.textContent;
    const here = main;
    if (notice) notice.remove();
    button.textContent = status.textContent = unsent.dataset.busy;
    button.classList.add("busy");
    busy = here.inert = true;
    const page = await post(form);
    busy = here.inert = false;
    button.classList.remove("busy");
    button.textContent = label;
    status.textContent = "";
    // somebody who has gone back meanwhile no longer wants the answer
    if (here !== main) return;
    const other = page && page.querySelector("main");
    if (other && other.querySelector("form")) return answer(other, page.title);
    // a page without a form would take away what was typed: only its reason is shown
    const reason = other && other.querySelector(".error-summary, .lead");
    showUnsent(form, label, reason && reason.textContent);
  });
  addEventListener("popstate", () => history.state === "question" && askAgain());
  // Phones are lent: the answer must not come back with the page.
  addEventListener("pagehide", askAgain);
})();
