// What makes the console quicker; everything works without it.
(() => {
  // A second press of a button that takes long does nothing, and the button says what happens.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "1";
      const button = event.submitter;
      if (button && form.dataset.busy) {
        button.textContent = form.dataset.busy;
        button.setAttribute("aria-disabled", "true");
      }
    });
  }
  // Back brings a page out of memory: its forms can be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
  });
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
  // not a day: it changes with every digit that is typed
  for (const select of document.querySelectorAll(".filters select, .filters [type=checkbox]")) {
    select.addEventListener("change", () => select.form.submit());
  }
})();
