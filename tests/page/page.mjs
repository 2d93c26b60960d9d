// What a person sees and does in the page; a name that is a sentence, one history each.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { mkdirSync } from "node:fs";

const { chromium } = createRequire(process.env.MODULES + "/")("playwright-core");
const PAGE = process.env.PAGE, OUT = process.env.OUT;
mkdirSync(OUT, { recursive: true });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function outside(word) {
  console.log("?" + word);
  await lines.next();
}

async function api(method, path, body) {
  const reply = await fetch(PAGE + path, { method, body: body && JSON.stringify(body) });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
  return reply.json();
}

const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGUMENTS });

async function open(hash = "#/", options = {}, at = PAGE) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 860 }, ...options });
  context.setDefaultTimeout(10000);
  const page = await context.newPage();
  page.faults = [];
  page.asked = [];
  page.on("console", (line) => line.type() === "error" && page.faults.push(line.text()));
  page.on("pageerror", (fault) => page.faults.push(String(fault)));
  page.on("request", (request) => page.asked.push(new URL(request.url()).origin));
  await page.goto(at + "/ui/" + hash);
  await page.locator("#main h1").waitFor();
  return page;
}

const row = (page, text) => page.locator("tbody tr", { hasText: text }).first();

const tests = {
  "the list shows every service and how many of its instances are in DNS": async () => {
    const page = await open();
    assert.equal(await page.locator("tbody tr").count(), 43);
    await row(page, "db").getByText("1 of 2").waitFor();
    await row(page, "web").getByText("3 of 3").waitFor();
    await page.locator("#live.on").waitFor();
  },
  "what is out stands first, and is counted in red": async () => {
    const page = await open();
    assert.match(await page.locator("tbody tr").nth(0).textContent(), /^long/);
    assert.match(await page.locator("tbody tr").nth(1).textContent(), /^db/);
    assert.equal(await page.locator(".tiles .bad b").textContent(), "1");
    await page.getByLabel("Order").selectOption("name");
    await page.waitForFunction(() => document.querySelector("tbody tr").textContent.startsWith("db"));
    await page.getByLabel("Show").selectOption("none");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  },
  "an id of 200 letters pushes no column out of sight": async () => {
    const page = await open("#/service/default/long");
    const button = page.getByRole("button", { name: "Deregister " + "i".repeat(200) });
    let box = null; // null: the row was drawn anew while its place was asked for
    for (let tries = 0; !box && tries < 50; tries++) box = await button.boundingBox();
    assert.ok(box && box.x > 800 && box.x + box.width < 1180, JSON.stringify(box));
  },
  "every text stands out from what is behind it (WCAG AA)": async () => {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open("#/", { colorScheme });
      const low = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const light = (name) => {
          const hex = style.getPropertyValue("--" + name).trim();
          const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
            .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (a, b) => {
          const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
          return (high + 0.05) / (low + 0.05);
        };
        const pairs = ["ink", "soft", "accent"].flatMap((text) =>
          ["ground", "card", "hover"].map((under) => [text, under, 4.5]));
        for (const state of ["passing", "warning", "critical", "out"])
          pairs.push([state, state + "-soft", 4.5], [state, "card", 3]);
        pairs.push(["accent-ink", "accent", 4.5], ["ink", "critical-soft", 4.5], ["critical", "card", 4.5],
          ["edge", "card", 3], ["focus", "card", 3], ["focus", "ground", 3]);
        return pairs.filter(([a, b, least]) => !(contrast(a, b) >= least)).map(String);
      });
      assert.deepEqual(low, [], colorScheme);
      await page.context().close();
    }
  },
  "the filter leaves what has that in its name, and the address keeps it": async () => {
    const page = await open();
    await page.locator("#filter").fill("worker-1");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 10);
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 10);
  },
  "a service that is registered elsewhere appears by itself": async () => {
    const page = await open();
    await page.locator("#live.on").waitFor();
    await api("PUT", "/v1/rollcall/instances/late-1",
      { service: "late", address: "10.0.0.3", port: 1 });
    await row(page, "late").waitFor();
    await api("DELETE", "/v1/rollcall/instances/late-1");
    await row(page, "late").waitFor({ state: "detached" });
  },
  "a service shows its instances, their checks with the last output, and what happened": async () => {
    const page = await open("#/service/default/web");
    assert.equal(await page.locator("tbody tr[data-key]").count(), 3);
    await row(page, "web-1").getByText("http-1").waitFor();
    await page.locator("svg.timeline rect.passing").first().waitFor();
    await outside("sick");
    await row(page, "web-1").locator(".state.critical").first().waitFor();
    await page.getByText("503").first().waitFor();
    await page.locator("svg.timeline rect.critical").first().waitFor();
    await outside("well");
    await row(page, "web-1").locator(".state.passing").first().waitFor();
  },
  "instances that are equally well stand in the order that people count in": async () => {
    for (const n of [10, 9, 2])
      await api("PUT", `/v1/rollcall/instances/n-${n}`, { service: "counted", address: "10.0.2.1", port: n });
    const page = await open("#/service/default/counted");
    await row(page, "n-10").waitFor();
    const keys = await page.locator("tbody tr[data-key]").evaluateAll((rows) => rows.map((one) => one.dataset.key));
    assert.deepEqual(keys, ["n-2", "n-9", "n-10"]);
    for (const n of [10, 9, 2]) await api("DELETE", `/v1/rollcall/instances/n-${n}`);
  },
  "what waits for reports has nothing to run now, and says what it begins as": async () => {
    const check = { kind: "ttl", name: "beat", interval: "1h", initial_status: "warning" };
    await api("PUT", "/v1/rollcall/instances/told-1", { service: "told", address: "10.0.2.2", port: 1, checks: [check] });
    const page = await open("#/service/default/told");
    await row(page, "told-1").getByText("warning, not yet run").waitFor();
    assert.equal(await page.getByRole("button", { name: "Check now told-1" }).count(), 0);
    await api("DELETE", "/v1/rollcall/instances/told-1");
  },
  "markup in an output stays text": async () => {
    const page = await open("#/service/default/db");
    await row(page, "db-2").getByText("<img src=x").first().waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    assert.ok((await page.title()).startsWith("db"));
  },
  "draining asks first, says when it may stop, and undraining brings it back": async () => {
    const page = await open("#/service/default/web");
    await page.getByRole("button", { name: "Drain web-2" }).click();
    await page.locator("dialog[open]").getByText("leaves every answer").waitFor();
    await page.locator("dialog").getByRole("button", { name: "Cancel" }).click();
    assert.equal((await api("GET", "/v1/rollcall/services/web")).instances.length, 3);
    await page.getByRole("button", { name: "Drain web-2" }).click();
    await page.locator("dialog").getByRole("button", { name: "Drain" }).click();
    await page.locator("#say").getByText("web-2 is draining; it may stop in").waitFor();
    await row(page, "web-2").getByText("draining").first().waitFor();
    assert.equal((await api("GET", "/v1/rollcall/services/web")).instances.length, 2);
    await page.getByRole("button", { name: "Undrain web-2" }).click();
    await page.locator("dialog").getByRole("button", { name: "Undrain" }).click();
    await page.waitForFunction(() => ![...document.querySelectorAll("tbody tr[data-key] .state")]
      .some((one) => one.textContent === "draining"));
  },
  "maintenance has a reason that others read, and is taken back": async () => {
    const page = await open("#/service/default/web");
    await page.getByRole("button", { name: "Maintenance web-3" }).click();
    await page.getByLabel("Why").fill("new <disk>");
    await page.getByLabel("For how long").fill("10m");
    await page.locator("dialog").getByRole("button", { name: "Begin maintenance" }).click();
    await row(page, "web-3").getByText("overridden down").first().waitFor();
    await row(page, "web-3").getByText("“new <disk>”").waitFor();
    await page.getByRole("button", { name: "Take back web-3" }).click();
    await page.locator("dialog").getByRole("button", { name: "Take the override back" }).click();
    await row(page, "web-3").locator(".state.passing").first().waitFor();
  },
  "a bad value is refused in the dialog, with the daemon's words": async () => {
    const page = await open("#/service/default/web");
    await page.getByRole("button", { name: "Maintenance web-1" }).click();
    await page.getByLabel("For how long").fill("9999999999d");
    await page.locator("dialog").getByRole("button", { name: "Begin maintenance" }).click();
    await page.locator("dialog .error", { hasText: "for" }).waitFor();
    await page.keyboard.press("Escape");
  },
  "a check is run at once and its result is said": async () => {
    const page = await open("#/service/default/web");
    await page.getByRole("button", { name: "Check now web-1" }).click();
    await page.locator("#say.shown", { hasText: "http-1" }).waitFor();
  },
  "an explanation shows the answer, and why an instance is out": async () => {
    const page = await open("#/explain");
    await page.getByRole("searchbox", { name: "Name" }).fill("db.service.local");
    await page.getByLabel("Type").selectOption("SRV");
    await page.getByRole("button", { name: "Explain" }).click();
    await row(page, "db-2").getByText("out", { exact: true }).first().waitFor();
    await row(page, "db-2").getByText("critical").first().waitFor();
    await page.getByText("5432").first().waitFor();
  },
  "the history shows what happened to one service": async () => {
    const page = await open("#/history?q=web");
    await page.locator("tbody tr").first().waitFor();
    assert.ok((await page.locator("tbody tr").count()) > 5);
  },
  "the keyboard alone opens a service, its dialog, and goes back": async () => {
    const page = await open();
    await page.locator("tbody tr").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("web");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "web" }).waitFor();
    await page.getByRole("button", { name: "Drain web-2" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("dialog[open]").getByText("leaves every answer").waitFor();
    await page.waitForTimeout(600);
    await page.keyboard.press("Escape");
    await page.waitForTimeout(600);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Drain web-2");
    await page.keyboard.press("?");
    await page.locator("dialog[open]").getByText("to the filter").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("u");
    await page.locator("h1", { hasText: "Services" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.locator("h1", { hasText: "What DNS answers" }).waitFor();
  },
  "every button and field has a name, and headings begin with one h1": async () => {
    for (const hash of ["#/", "#/service/default/web", "#/explain", "#/history", "#/alerts"]) {
      const page = await open(hash);
      const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select")]
        .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label") ||
          one.closest("label") || one.labels?.length)).length);
      assert.equal(nameless, 0, hash);
      assert.equal(await page.locator("h1").count(), 1, hash);
      await page.context().close();
    }
  },
  "on a phone nothing is wider than the screen, and buttons are large enough to touch": async () => {
    for (const hash of ["#/", "#/service/default/web", "#/explain?name=web.service.local"]) {
      const page = await open(hash, { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 375, `${hash}: ${wide}`);
      const low = await page.evaluate(() => Math.min(...[...document.querySelectorAll("main button")]
        .map((one) => one.getBoundingClientRect().height), 99));
      assert.ok(low >= 38, `${hash}: ${low}`);
      const letters = await page.evaluate(() => Math.min(...[...document.querySelectorAll("svg.timeline text")]
        .map((one) => one.getBoundingClientRect().height), 99));
      assert.ok(letters >= 10, `${hash}: letters of ${letters} pixels in the timeline`);
      await page.context().close();
    }
  },
  "who may only read sees everything, and a token opens what is to be done": async () => {
    const page = await open("#/service/default/web", {}, process.env.GUARDED);
    await row(page, "web-1").getByText("http-1").waitFor();
    assert.equal(await page.getByRole("button", { name: "Drain web-1" }).isDisabled(), true);
    await page.getByRole("button", { name: "Token" }).click();
    await page.getByRole("textbox", { name: "Token" }).fill(process.env.TOKEN);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.waitForFunction(() => !document.querySelector('[aria-label="Drain web-1"]').disabled);
    await page.getByRole("button", { name: "Drain web-1" }).click();
    await page.locator("dialog").getByRole("button", { name: "Drain" }).click();
    await row(page, "web-1").getByText("draining").first().waitFor();
    assert.ok(!page.url().includes(process.env.TOKEN.split(" ")[0]));
  },
  "what is dropped down or marked is not taken away by what happens": async () => {
    const page = await open();
    await page.locator("#live.on").waitFor();
    await page.getByLabel("Show").focus();
    await page.keyboard.press("Shift");
    await page.evaluate(() => { document.getElementById("only").kept = true; });
    await api("PUT", "/v1/rollcall/instances/other-1", { service: "other", address: "10.0.0.5" });
    await page.waitForTimeout(900);
    assert.equal(await page.evaluate(() => document.getElementById("only").kept), true);
    await page.getByLabel("Show").blur();
    await row(page, "other").waitFor();
    await api("DELETE", "/v1/rollcall/instances/other-1");
  },
  "while the daemon is gone the page says since when, and keeps what it showed": async () => {
    const page = await open();
    await page.locator("#live.on").waitFor();
    const rows = await page.locator("tbody tr").count();
    await outside("stop");
    await page.locator("#gone", { hasText: "Not connected to rollcalld since" }).waitFor();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForTimeout(600);
    assert.equal(await page.locator("tbody tr").count(), rows);
    await outside("start");
    await page.locator("#live.on").waitFor();
    assert.equal(await page.locator("#gone").isHidden(), true);
    page.faults.length = 0; // the connection that was lost
  },
  "after a restart of the daemon the page is live again and misses nothing": async () => {
    const page = await open();
    await page.locator("#live.on").waitFor();
    await outside("restart");
    await api("PUT", "/v1/rollcall/instances/after-1", { service: "after", address: "10.0.0.4" });
    await row(page, "after").waitFor();
    await page.locator("#live.on").waitFor();
    page.faults.length = 0; // the connection that was lost
  },
  "nothing is asked of anybody else, and the policy refuses nothing": async () => {
    for (const page of pages) {
      assert.equal(new Set(page.asked).size, 1);
      assert.deepEqual(page.faults.filter((text) => !text.includes("400")), []);
    }
  },
};

const SHOTS = { services: "#/", service: "#/service/default/web", explain: "#/explain?name=db.service.local&type=SRV",
  history: "#/history" };
async function shoot() {
  for (const scheme of ["light", "dark"]) {
    for (const [name, hash] of Object.entries(SHOTS)) {
      const page = await open(hash, { colorScheme: scheme });
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${OUT}/${name}-${scheme}.png`, fullPage: name !== "services" });
      await page.context().close();
    }
    const phone = await open("#/service/default/web", { colorScheme: scheme, viewport: { width: 375, height: 740 } });
    await phone.waitForTimeout(300);
    await phone.screenshot({ path: `${OUT}/phone-${scheme}.png` });
    await phone.context().close();
  }
}

const pages = [];
let failed = 0;
for (const [name, run] of Object.entries(tests)) {
  const before = browser.contexts().length;
  try {
    await run();
    console.log(`ok      ${name}`);
  } catch (fault) {
    failed++;
    console.log(`FAILED  ${name}\n        ${String(fault.stack || fault).split("\n").slice(0, 6).join("\n        ")}`);
    const last = browser.contexts().at(-1)?.pages()[0];
    await last?.screenshot({ path: `${OUT}/failed-${Object.keys(tests).indexOf(name)}.png` }).catch(() => {});
  }
  for (const context of browser.contexts().slice(before)) {
    pages.push(...context.pages());
    await context.close();
  }
}
await shoot();
await browser.close();
console.log(`the page in chromium: ${Object.keys(tests).length} tests, ${failed} failed; screenshots in ${OUT}`);
process.exit(failed ? 1 : 0);
