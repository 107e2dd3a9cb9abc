// Lighthouse on one page after another in one Chromium. Arguments: the folder of node_modules, then
// JSON {chromium, base, pages, rounds, slow}. Prints JSON: {pages: {path: {category: score, ...}}, slow: [ms]}.
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, task] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.join(modules, file)));
const { default: lighthouse } = await load("lighthouse/core/index.js");
const { launch } = await load("chrome-launcher/dist/index.js");
const { chromium, base, pages, rounds, slow } = JSON.parse(task);

const chrome = await launch({
  chromePath: chromium,
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
});
const told = { pages: {}, slow: [] };
try {
  const flags = { port: chrome.port, output: "json", logLevel: "error" };
  const taken = async (page, more) => {
    // now and then Chromium records no paint at all: that is no score, and is taken again
    for (let take = 0; ; take++) {
      const { lhr } = await lighthouse(base + page, { ...flags, ...more });
      if (lhr.categories.performance.score || take === 2) return lhr;
    }
  };
  const points = (category) => Math.round(category.score * 100);
  for (const page of pages) {
    const first = await taken(page, {});
    const scores = Object.entries(first.categories).map(([id, one]) => [id, points(one)]);
    const runs = [first];
    while (runs.length < rounds) runs.push(await taken(page, { onlyCategories: ["performance"] }));
    // what else the machine does falls into single runs
    runs.sort((one, other) => one.categories.performance.score - other.categories.performance.score);
    const middle = runs[rounds >> 1];
    const least = Object.values({ ...first.audits, ...middle.audits })
      .filter((one) => one.score !== null && one.score < 0.9)
      .map((one) => one.id);
    const performance = points(middle.categories.performance);
    told.pages[page] = { ...Object.fromEntries(scores), performance, least };
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
