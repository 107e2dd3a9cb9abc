// Conveniences of the staff console: no double submission, focus on faults, filters that apply at once.
// Everything works without it.
(() => {
  // A form is sent once, however often its button is pressed, and the button says that it is being sent.
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
  // A page that Back restores from memory can send its forms again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
  });
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
  // not date fields: they change with every digit that is typed
  for (const select of document.querySelectorAll(".filters select, .filters [type=checkbox]")) {
    select.addEventListener("change", () => select.form.submit());
  }
})();
