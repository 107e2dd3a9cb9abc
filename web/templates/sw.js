// The service worker, which keeps the public pages for when there is no internet: the files of this list
// and nothing else, so no answer of a function and nothing personal. A page comes from the internet
// wherever possible. A newer worker waits until no page of the old one is open, so that a page and its
// scripts always fit each other.
const NAME = "nutera-{{ version }}";
const KEPT = {{ kept|tojson }};

const fromCache = async (path) => (await caches.open(NAME)).match(path);
// The page with its sentence on being a copy.
const asCopy = async (page) => {
  const text = (await page.text()).replace('class="offline" hidden', 'class="offline"');
  const headers = new Headers(page.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(text, { headers });
};
const read = async (event, path) => {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch (error) {
    return asCopy((await fromCache(path)) || (await fromCache("{{ offline }}")));
  }
};

addEventListener("install", (event) => {
  const requests = KEPT.map((path) => new Request(path, { cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(requests)));
});
addEventListener("activate", (event) => {
  const takeOver = async () => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    if (registration.navigationPreload) await registration.navigationPreload.enable();
  };
  event.waitUntil(takeOver());
});
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || pathname.startsWith("/staff/")) return;
  if (mode === "navigate") event.respondWith(read(event, pathname));
  else if (KEPT.includes(pathname) && !pathname.endsWith("/")) {
    event.respondWith(fromCache(pathname).then((file) => file || fetch(event.request)));
  }
});
