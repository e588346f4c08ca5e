// Prints one line per file of journeys, every failure in full, every journey that passed only
// at its second try, every skipped journey with its reason, and last one plain line of counts.

/** @implements {import('@playwright/test/reporter').Reporter} */
export default class Closing {
  constructor() {
    this.tests = [];
    this.errors = [];
  }

  onBegin(config, suite) {
    this.root = config.rootDir;
    this.tests = suite.allTests();
    console.log(`  ${suite.allTests().length} journeys, ${config.workers} at a time`);
  }

  onStdOut(chunk) {
    process.stdout.write(chunk);
  }

  onStdErr(chunk) {
    process.stderr.write(chunk);
  }

  onError(error) {
    this.errors.push(error);
    console.log(error.stack || error.message || error.value);
  }

  onTestEnd(test, result) {
    if (result.status !== test.expectedStatus && result.status !== "skipped") {
      console.log(`\n  FAILED ${where(test, this.root)}${result.retry < test.retries ? " (one more try follows)" : ""}`);
      for (const e of result.errors) console.log(indent(e.stack || e.message || e.value || ""));
      for (const a of result.attachments) if (a.path) console.log(`    ${a.name}: ${a.path}`);
    }
  }

  // Counts are taken at the end, when the outcome of each journey is final.
  onEnd(result) {
    const seen = new Map();
    let passed = 0, failed = 0, skipped = 0;
    for (const test of this.tests) count(test);
    function count(test) {
      const file = test.location.file.split("/").pop();
      const counts = seen.get(file) ?? { passed: 0, failed: 0, skipped: 0, ms: 0 };
      seen.set(file, counts);
      counts.ms += test.results.reduce((sum, r) => sum + r.duration, 0);
      if (test.outcome() === "skipped") { skipped++; counts.skipped++; }
      else if (test.outcome() === "unexpected") { failed++; counts.failed++; }
      else { passed++; counts.passed++; }
    }
    const left = this.tests.filter((t) => t.outcome() === "skipped");
    if (left.length > 0) {
      console.log(`\n${left.length} skipped:`);
      for (const t of left) {
        const why = t.annotations.find((a) => a.type === "skip" || a.type === "fixme")?.description;
        console.log(`  ${where(t, this.root)}  (${why || (t.results.length ? "no reason given" : "not reached")})`);
      }
    }
    const unstable = this.tests.filter((t) => t.outcome() === "flaky");
    if (unstable.length > 0) console.log(`\n${unstable.length} UNSTABLE, passed only at the second try:`);
    for (const t of unstable) console.log(`  ${where(t, this.root)}`);
    console.log("");
    for (const [file, c] of [...seen].sort()) {
      console.log(`  ${file}: ${c.passed} passed, ${c.failed} failed, ${c.skipped} skipped (${(c.ms / 1000).toFixed(1)} s)`);
    }
    const broken = this.errors.length > 0 && failed === 0 ? this.errors.length : 0;
    const status = result.status === "passed" && passed === 0 ? "failed" : result.status;
    console.log(`\nbrowser: ${passed} passed, ${failed + broken} failed, ${skipped} skipped${unstable.length ? `, ${unstable.length} unstable` : ""}`);
    return { status };
  }
}

function where(test, root) {
  const file = test.location.file.startsWith(root) ? test.location.file.slice(root.length + 1) : test.location.file;
  return `${file}:${test.location.line} ${test.titlePath().slice(3).join(" › ")}`;
}

function indent(text) {
  return text.split("\n").map((l) => "    " + l).join("\n");
}
