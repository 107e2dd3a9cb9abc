// Lighthouse on one page after another in one Chromium. Arguments: the folder of node_modules, then
// JSON {chromium, base, pages, slow}. Prints JSON: {pages: {path: {category: score, ...}}, slow: [ms]}.
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, task] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.join(modules, file)));
const { default: lighthouse } = await load("lighthouse/core/index.js");
const { launch } = await load("chrome-launcher/dist/index.js");
const { chromium, base, pages, slow } = JSON.parse(task);

const chrome = await launch({
  chromePath: chromium,
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
});
const told = { pages: {}, slow: [] };
try {
  const flags = { port: chrome.port, output: "json", logLevel: "error" };
  for (const page of pages) {
    let lhr;
    // now and then Chromium records no paint at all: that is no score, and is taken again
    for (let take = 0; take < 3 && !lhr?.categories.performance.score; take++) {
      ({ lhr } = await lighthouse(base + page, flags));
    }
    const scores = Object.entries(lhr.categories).map(([id, one]) => [id, Math.round(one.score * 100)]);
    const least = Object.values(lhr.audits)
      .filter((one) => one.score !== null && one.score < 0.9)
      .map((one) => one.id);
    told.pages[page] = { ...Object.fromEntries(scores), least };
    process.stderr.write(`${page} ${JSON.stringify(told.pages[page])}\n`);
  }
  // The throttling is applied, not calculated: each request really waits, each byte is really slow
  const settings = {
    throttlingMethod: "devtools",
    throttling: {
      requestLatencyMs: slow.latency_ms,
      downloadThroughputKbps: slow.kbps,
      uploadThroughputKbps: slow.kbps,
      cpuSlowdownMultiplier: slow.cpu,
    },
    onlyAudits: ["largest-contentful-paint"],
  };
  for (let round = 0; round < slow.rounds; round++) {
    const { lhr } = await lighthouse(base + "/", flags, { extends: "lighthouse:default", settings });
    told.slow.push(Math.round(lhr.audits["largest-contentful-paint"].numericValue));
  }
} finally {
  chrome.kill();
}
process.stdout.write(JSON.stringify(told));
