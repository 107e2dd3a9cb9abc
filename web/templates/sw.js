// The service worker: keeps the pages to read for when there is no internet. It keeps the files of
// this list and nothing else, so no answer of a function and nothing personal ever gets here. A page
// comes from the internet wherever that can be had. A newer worker waits until no page of the old
// one is open: a page and its scripts always fit each other.
const NAME = "nutera-{{ version }}";
const KEPT = {{ kept|tojson }};

const kept = async (path) => (await caches.open(NAME)).match(path);
const told = async (page) => {
  const text = (await page.text()).replace('class="offline" hidden', 'class="offline"');
  const headers = new Headers(page.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(text, { headers });
};
const read = async (event, path) => {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch (fault) {
    return told((await kept(path)) || (await kept("{{ offline }}")));
  }
};

addEventListener("install", (event) => {
  const asked = KEPT.map((path) => new Request(path, { cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(asked)));
});
addEventListener("activate", (event) => {
  const begin = async () => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    if (registration.navigationPreload) await registration.navigationPreload.enable();
  };
  event.waitUntil(begin());
});
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || pathname.startsWith("/staff/")) return;
  if (mode === "navigate") event.respondWith(read(event, pathname));
  else if (KEPT.includes(pathname) && !pathname.endsWith("/")) {
    event.respondWith(kept(pathname).then((file) => file || fetch(event.request)));
  }
});
