// Date and age of the published data, put on the home page once that is loaded. All texts are in the
// page; without this script it has a link to a page that says the same.
(() => {
  const box = document.getElementById("fresh");
  const show = (state) => {
    box.textContent = "";
    box.append(document.importNode(document.getElementById("fresh-" + state).content, true));
  };
  const put = (selector, text) => {
    box.querySelector(selector).textContent = text;
  };
  const { months, today, yesterday, days, figures } = box.dataset;
  const staleDays = 8;

  const load = async () => {
    const wait = setTimeout(() => show("loading"), 300);
    try {
      const answer = await fetch(figures, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { as_of: date, age_days: age } = await answer.json();
      clearTimeout(wait);
      if (!date) return show("none");
      const [year, month, day] = date.split("-");
      show(age > staleDays ? "old" : "good");
      put("[data-date]", [+day, months.split(" ")[month - 1], year].join(" "));
      put("[data-age]", age < 1 ? today : age < 2 ? yesterday : days.replace("%", age));
    } catch (error) {
      clearTimeout(wait);
      show("down");
    }
  };
  if (document.readyState === "complete") load();
  else addEventListener("load", load);
})();
