#pragma once

#include <string_view>

namespace sundown::serving {

/// The page as a browser gets it, but for "@nonce@": each answer has its own.
inline constexpr std::string_view page_text = R"page_html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Status</title>
<style nonce="@nonce@">
:root {
  --ground: #f6f7f9; --card: #fff; --text: #1b1f24; --soft: #59636e; --line: #d4d9df; --mark: #0b6bcb;
  --good: #137333; --warn: #8a5a00; --bad: #b3261e;
  --c1: #4f83cc; --c2: #e08a3c; --c3: #4a9d5f; --c4: #b65fb0; --c5: #8a6d3b; --c6: #3aa3a8; --c7: #c2554d; --c8: #7d7f86;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --card: #1d2126; --text: #e6e9ed; --soft: #a0a9b4; --line: #363c44; --mark: #6cb2ff;
    --good: #6cc58a; --warn: #e2b25a; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
.soft { color: var(--soft); }
.pill { border: 2px solid currentColor; border-radius: 1rem; padding: 0 .7rem; font-weight: 600; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); margin-top: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; }
.wide { grid-column: 1 / -1; }
dl.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .75rem; margin: 0; }
dl.numbers dt { color: var(--soft); font-size: .85rem; }
dl.numbers dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .85rem; }
th, td { padding: .2rem .5rem .2rem 0; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; }
.axis { stroke: var(--line); }
ul.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: .5rem 0 0; padding: 0; }
ul.legend svg { display: inline-block; width: 1.4rem; height: .8rem; vertical-align: middle; margin-right: .3rem; }
ul.plain { margin: .3rem 0 0; padding-left: 1.2rem; }
button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .3rem;
  padding: .2rem .7rem; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
[hidden] { display: none !important; }
@media (prefers-reduced-motion: no-preference) { .pulse { animation: pulse 1s infinite alternate; } }
@keyframes pulse { from { opacity: 1; } to { opacity: .55; } }
</style>
</head>
<body>
<header>
  <h1 id="name">…</h1>
  <span id="state" class="pill" role="status">connecting</span>
  <span id="about" class="soft"></span>
  <button id="pause" type="button" aria-pressed="false">Pause (p)</button>
</header>
<form id="ask" hidden>
  <p><label>This service wants the token of its admin port: <input id="token" type="password" autocomplete="off" size="30"></label>
  <button>Show</button></p>
</form>
<main>
  <section class="wide" id="stop" hidden aria-labelledby="stop-title">
    <h2 id="stop-title">The stop</h2>
    <p id="stop-line" role="status"></p>
    <svg id="timeline" viewBox="0 0 1000 96" role="img" aria-labelledby="stop-title stop-line"></svg>
    <div class="scroll"><table id="steps"><thead><tr><th>Step</th><th class="number">Seconds</th><th>Outcome</th></tr></thead><tbody></tbody></table></div>
    <div id="cut-box" hidden><h2 class="bad">Lost</h2><ul id="cut" class="plain"></ul></div>
  </section>
  <section aria-labelledby="now-title">
    <h2 id="now-title">Now</h2>
    <dl class="numbers">
      <div><dt>Requests/s</dt><dd id="rate">–</dd></div>
      <div><dt>Failed/s (5xx)</dt><dd id="failed">–</dd></div>
      <div><dt>In flight</dt><dd id="flight">–</dd></div>
      <div><dt>Connections</dt><dd id="open">–</dd></div>
      <div><dt>CPU, cores</dt><dd id="cpu">–</dd></div>
      <div><dt>Memory</dt><dd id="memory">–</dd></div>
      <div><dt>Loop lag, 1 min</dt><dd id="lag">–</dd></div>
      <div><dt>Requests cut</dt><dd id="given-up">–</dd></div>
    </dl>
  </section>
  <section aria-labelledby="health-title">
    <h2 id="health-title">Stores and readiness</h2>
    <ul id="health" class="plain"></ul>
  </section>
  <section class="wide" aria-labelledby="chart-title">
    <h2 id="chart-title">Connections by what they are doing, last two minutes</h2>
    <svg id="chart" viewBox="0 0 1000 220" role="img" aria-labelledby="chart-title"></svg>
    <ul id="legend" class="legend"></ul>
  </section>
  <section class="wide" aria-labelledby="routes-title">
    <h2 id="routes-title">Routes, last ten seconds</h2>
    <div class="scroll"><table id="routes"><thead><tr><th>Route</th><th class="number">Requests/s</th><th class="number">Failed/s</th>
      <th class="number">Half within</th><th class="number">99 % within</th><th class="number">Since the start</th></tr></thead><tbody></tbody></table></div>
  </section>
  <section class="wide" aria-labelledby="longest-title">
    <h2 id="longest-title">Longest requests in flight</h2>
    <div class="scroll"><table id="longest"><thead><tr><th>Request</th><th class="number">Age</th></tr></thead><tbody></tbody></table></div>
  </section>
</main>
<script nonce="@nonce@">
"use strict";
const $ = id => document.getElementById(id);
const samples = [];            // of two minutes, oldest first
const keep = 240, window10 = 20;
let paused = false, token = "", stopBegan = 0, ended = false, gone = false;

const colours = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
const patterns = ["", "4 2", "1 2", "6 2 1 2", "2 4", "8 3", "1 4", "3 1"];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}
function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
const number = (value, digits = 1) => value >= 100 ? Math.round(value).toLocaleString() : value.toFixed(digits);
function time(seconds) {
  if (!isFinite(seconds)) return "–";
  if (seconds < 0.001) return Math.round(seconds * 1e6) + " µs";
  if (seconds < 1) return number(seconds * 1000) + " ms";
  if (seconds < 120) return number(seconds) + " s";
  if (seconds < 7200) return Math.round(seconds / 60) + " min";
  return seconds < 172800 ? number(seconds / 3600) + " h" : Math.round(seconds / 86400) + " days";
}
const bytes = size => size < 1e9 ? number(size / 1048576) + " MiB" : number(size / 1073741824, 2) + " GiB";
function rows(table, all, empty) {
  const body = $(table).tBodies[0];
  body.replaceChildren(...all.map(cells => {
    const row = element("tr");
    cells.forEach((text, i) => row.append(element("td", text, i ? typeof text === "string" && /^[a-z]/.test(text) ? "" : "number" : "name")));
    return row;
  }));
  if (all.length) return;
  const row = element("tr");
  row.append(element("td", empty, "soft"));
  body.append(row);
}

function quantile(share, counts, bounds) {
  const sum = counts.reduce((a, b) => a + b, 0);
  if (!sum) return NaN;
  let seen = 0;
  for (let i = 0; i < counts.length; ++i) {
    seen += counts[i];
    if (seen >= share * sum) return i < bounds.length ? bounds[i] : Infinity;
  }
  return Infinity;
}

function showState(now) {
  $("name").textContent = now.program + " " + now.version;
  document.title = now.program + ": " + now.state;
  $("about").textContent = "process " + now.pid + ", up " + time(now.time - now.started);
  const pill = $("state");
  const look = {ready: ["✓ ready", "good"], starting: ["… starting", "warn"], draining: ["⇣ draining (rehearsal)", "warn"],
    stopping: ["■ stopping", "bad pulse"]}[now.state] || [now.state, ""];
  pill.textContent = look[0];
  pill.className = "pill " + look[1];
  const lines = now.down.map(text => ["✗ " + text, "bad"]).concat(now.degraded.map(text => ["△ does without " + text, "warn"]));
  if (!lines.length) lines.push(["✓ all there", "good"]);
  $("health").replaceChildren(...lines.map(([text, kind]) => element("li", text, kind)));
}

function showNumbers(now) {
  const before = samples[Math.max(0, samples.length - 1 - 4)], past = now.time - before.time || 1;
  const sum = (from, field) => from.routes.reduce((all, each) => all + each[field], 0);
  $("rate").textContent = number((sum(now, "requests") - sum(before, "requests")) / past);
  $("failed").textContent = number((sum(now, "failed") - sum(before, "failed")) / past);
  $("flight").textContent = now.requests.toLocaleString();
  $("open").textContent = Object.values(now.connections).reduce((a, b) => a + b, 0).toLocaleString();
  $("cpu").textContent = number((now.cpu_seconds - before.cpu_seconds) / past, 2);
  $("memory").textContent = bytes(now.memory);
  $("lag").textContent = time(now.lag);
  $("given-up").textContent = now.cut.toLocaleString();
}

function showChart(now) {
  const phases = Object.keys(now.connections).filter(name => samples.some(each => each.connections[name]));
  const most = Math.max(4, ...samples.map(each => Object.values(each.connections).reduce((a, b) => a + b, 0)));
  const left = 46, width = 950, height = 190;
  const x = i => left + width * (keep - samples.length + i) / (keep - 1), y = value => 8 + height * (1 - value / most);
  const parts = [];
  for (const share of [0, .5, 1]) {
    parts.push(shape("line", {class: "axis", x1: left, x2: left + width, y1: y(most * share), y2: y(most * share)}));
    parts.push(shape("text", {x: left - 6, y: y(most * share) + 4, "text-anchor": "end"}, Math.round(most * share).toLocaleString()));
  }
  parts.push(shape("text", {x: left, y: 214}, "2 min ago"), shape("text", {x: left + width, y: 214, "text-anchor": "end"}, "now"));
  const base = samples.map(() => 0);
  phases.forEach((name, k) => {
    const lower = base.map((value, i) => x(i).toFixed(1) + "," + y(value).toFixed(1));
    samples.forEach((each, i) => base[i] += each.connections[name] || 0);
    const upper = base.map((value, i) => x(i).toFixed(1) + "," + y(value).toFixed(1));
    const colour = "var(--" + colours[k % 8] + ")";
    parts.push(shape("polygon", {points: upper.concat(lower.reverse()).join(" "), fill: colour, "fill-opacity": .35}));
    parts.push(shape("polyline", {points: upper.join(" "), fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": patterns[k % 8]}));
  });
  $("chart").replaceChildren(...parts);
  $("legend").replaceChildren(...phases.map((name, k) => {
    const item = element("li"), key = shape("svg", {viewBox: "0 0 28 12", "aria-hidden": "true"});
    key.append(shape("line", {x1: 0, x2: 28, y1: 6, y2: 6, stroke: "var(--" + colours[k % 8] + ")", "stroke-width": 4, "stroke-dasharray": patterns[k % 8]}));
    item.append(key, name + " " + now.connections[name].toLocaleString());
    return item;
  }));
}

function showRoutes(now) {
  const before = samples[Math.max(0, samples.length - 1 - window10)], past = now.time - before.time || 1;
  const known = new Map(before.routes.map(each => [each.route, each]));
  rows("routes", now.routes.map(each => {
    const was = known.get(each.route) || {requests: 0, failed: 0, durations: each.durations.map(() => 0)};
    const counts = each.durations.map((count, i) => count - was.durations[i]);
    const within = share => { const bound = quantile(share, counts, now.duration_bounds); return bound === Infinity ? "> 10 s" : time(bound); };
    return {rate: (each.requests - was.requests) / past, cells: [each.route, number((each.requests - was.requests) / past),
      number((each.failed - was.failed) / past), within(.5), within(.99), each.requests.toLocaleString()]};
  }).sort((a, b) => b.rate - a.rate).map(each => each.cells), "no request yet");
  rows("longest", now.longest.map(each => [each.request, time(each.seconds)]), "none");
}

/// What a stop has lost so far, each as [what, why].
const losses = report => report.cut.map(each => [each.what + " after " + time(each.seconds), each.why])
  .concat(report.background_left.map(name => ["background task " + name, "not finished"]))
  .concat(report.closers.filter(each => each.result !== "closed").map(each => ["close " + each.name, each.result]))
  .concat(report.failure ? [["failure", report.failure]] : []);

/// The process still closes this port and what is below it: all that is known is what was so far.
function lastWord(report, missing) {
  const outcome = report.exit_code_so_far === 3 ? "work was cut" : missing.length ? "a failure" : "nothing cut so far";
  const undelivered = report.spans ? report.spans.undelivered : 0;
  return ", but for closing " + report.to_close.join(" and ") + ": " + outcome + ". " +
    report.completed + " requests completed, " + report.refused + " refused." +
    (undelivered ? " " + undelivered + (undelivered === 1 ? " span is" : " spans are") + " not delivered yet." : "");
}

function showStop(now) {
  const report = now.report;
  if (!report) return;
  if (!stopBegan) stopBegan = now.time - (now.budget - now.left);
  $("stop").hidden = false;
  const took = now.time - stopBegan;
  const line = $("stop-line"), missing = losses(report);
  if (ended || gone) {
    const when = " after " + number(took, 2) + " s of " + number(now.budget, 0) + " s (" + report.trigger + ")";
    line.textContent = ended ? "Ended" + when + lastWord(report, missing) : "Gone" + when + " at the step " + now.step + ", before the last word: its log has the report.";
    line.className = gone || missing.length ? "bad" : "good";
    $("state").textContent = ended ? "■ ended" : "✗ gone";
    $("state").className = "pill";
  } else {
    line.textContent = report.trigger + ": " + number(took, 1) + " s, " + number(now.left, 1) + " s left of " + number(now.budget, 0) + " s. Step: " + now.step +
      (now.waiting_for ? ". Waits for " + now.waiting_for : "") + ".";
  }
  const parts = [shape("rect", {x: 0, y: 30, width: 1000, height: 30, fill: "none", stroke: "var(--line)"})];
  let at = 0;
  const step = now.step.replace(/^close .*/, "closers");
  const steps = report.steps.concat(report.steps.some(each => each.name === step) ? [] : [{name: step, seconds: Math.max(0, took - report.steps.reduce((a, b) => a + b.seconds, 0))}]);
  steps.forEach((each, i) => {
    const width = Math.max(2, 1000 * each.seconds / now.budget);
    parts.push(shape("rect", {x: at, y: 30, width, height: 30, fill: "var(--" + colours[i % 8] + ")"}));
    if (width > 40) parts.push(shape("text", {x: at + 3, y: i % 2 ? 76 : 24}, each.name + " " + number(each.seconds, 2) + " s"));
    at += width;
  });
  const x = Math.min(1000, 1000 * took / now.budget);
  parts.push(shape("line", {x1: x, x2: x, y1: 20, y2: 70, stroke: "var(--text)", "stroke-width": 2}),
    shape("text", {x: 0, y: 92}, "signal"), shape("text", {x: 1000, y: 92, "text-anchor": "end"}, "deadline, " + number(now.budget, 0) + " s"));
  $("timeline").replaceChildren(...parts);
  rows("steps", report.steps.map(each => [each.name, number(each.seconds, 3), "done"])
    .concat(report.closers.map(each => ["close " + each.name, number(each.seconds, 3), each.result + (each.error ? ": " + each.error : "") + (each.omitted ? "; " + each.omitted : "")]))
    .concat((report.to_close || []).map(name => ["close " + name, "–", now.step === "close " + name ? "under way" : "to come"])), "just begun");
  $("cut-box").hidden = !missing.length;
  $("cut").replaceChildren(...missing.map(each => element("li", each.join(": "))));
}

function show(now, last) {
  ended = ended || last;
  samples.push(now);
  if (samples.length > keep) samples.shift();
  if (paused && !now.report) return;
  showState(now); showNumbers(now); showChart(now); showRoutes(now); showStop(now);
}

function lost() {
  const now = samples[samples.length - 1];
  if (now && now.report) {
    gone = !ended;
    return showStop(now);
  }
  $("state").textContent = "✗ no connection, trying again";
  $("state").className = "pill warn";
  setTimeout(follow, 1000);
}

async function follow() {
  let answer;
  try {
    answer = await fetch("status/stream", {headers: token ? {Authorization: "Bearer " + token} : {}, cache: "no-store"});
  } catch { return lost(); }
  $("ask").hidden = answer.status !== 403 && answer.status !== 401;
  if (!answer.ok) {
    $("state").textContent = answer.status === 403 ? "token wanted" : "answered " + answer.status;
    return answer.status === 403 ? undefined : setTimeout(follow, 1000);
  }
  samples.length = 0;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const data = lines.find(line => line.startsWith("data: "));
        if (data) show(JSON.parse(data.slice(6)), lines.includes("event: end"));
      }
    }
  } catch { /* it is gone */ }
  lost();
}

function pause() {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  $("pause").textContent = paused ? "Go on (p)" : "Pause (p)";
}
$("pause").addEventListener("click", pause);
addEventListener("keydown", event => {
  if (event.key === "p" && !event.ctrlKey && !event.metaKey && event.target.tagName !== "INPUT") pause();
});
$("ask").addEventListener("submit", event => {
  event.preventDefault();
  token = $("token").value;
  follow();
});
follow();
</script>
</body>
</html>
)page_html";

}  // namespace sundown::serving
