import { defineConfig } from "@playwright/test";

// Debian's own Chromium, told to speak to nobody but the server under test.
const chromium = {
  executablePath: process.env.MINYI_CHROMIUM || "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
  ],
};

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.js",
  // Each worker runs a server of its own beside its browser: two fill two cores.
  workers: Number(process.env.MINYI_BROWSER_WORKERS || 2),
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  // A journey that only passes the second time is broken for somebody: at a desk it fails. The
  // whole check gives it one more try on a new server, so that one busy moment of a machine
  // does not hide what all the others have to say, and names it (reporter.js): it is a defect to mend.
  retries: process.env.REQUIRE_SERVICES ? 1 : 0,
  // How long a journey, and what it waits for, may take on a machine that has others to
  // serve: nothing is slower for it while all is well.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["./reporter.js"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    launchOptions: chromium,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    screenshot: "only-on-failure",
    // A trace of each failure (npx playwright show-trace): slow, so only when asked for.
    trace: process.env.MINYI_TRACE ? "retain-on-failure" : "off",
    actionTimeout: 20_000,
    navigationTimeout: 45_000,
  },
});
