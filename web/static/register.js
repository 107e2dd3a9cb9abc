// Pages to read are kept for offline use, once this one is there; not where data is to be saved.
if (navigator.serviceWorker && !(navigator.connection || {}).saveData) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
