// Registration of the service worker, which keeps pages for offline use. It waits until the page is
// loaded; a browser that is told to save data keeps nothing. The build adds this to every page's script.
if (navigator.serviceWorker && !(navigator.connection || {}).saveData) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
