/* SPDX-FileCopyrightText: The Reihum contributors */
/* SPDX-License-Identifier: EUPL-1.2 */

/* The live room: forms are sent without leaving it, the clock runs, and what is one's own is laid over what all get. */
(() => {
  "use strict";

  const SAVE_AFTER_MS = 1500;
  const board = document.getElementById("main");
  const here = board.dataset.room;

  // --- what is one's own ---

  const own = () => document.getElementById("room-mine");

  function layOver() {
    const mine = own();
    if (!mine) return;
    const dots = JSON.parse(mine.dataset.dots || "{}");
    const left = Number(mine.dataset.left);
    for (const stepper of document.querySelectorAll("[data-own-dots]")) {
      const number = dots[stepper.dataset.ownDots] || 0;
      const [fewer, more] = stepper.querySelectorAll("button");
      stepper.querySelector("output").textContent = number;
      fewer.value = number - 1;
      more.value = number + 1;
      fewer.disabled = number < 1;
      more.disabled = left < 1;
    }
    for (const button of document.querySelectorAll("button[name=thumb]")) {
      button.setAttribute("aria-pressed", String(button.value === mine.dataset.thumb));
    }
    const budget = document.getElementById("room-budget");
    if (!budget) return;
    budget.hidden = !document.querySelector("[data-own-dots]");
    const words = budget.querySelector("b");
    words.textContent = left < 1 ? words.dataset.none : left === 1 ? words.dataset.one : words.dataset.many.replace("{n}", left);
  }

  function takeOwn(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html").getElementById("room-mine");
    if (!parsed) return;
    const before = own();
    before.replaceWith(parsed);
    if (parsed.dataset.role !== before.dataset.role) location.reload();
    if (parsed.dataset.problem) say(parsed.dataset.problem);
    layOver();
  }

  async function askOwn() {
    const answer = await fetch(`${here}/mine`, { headers: { "HX-Request": "true" } });
    if (answer.ok) takeOwn(await answer.text());
  }

  // --- forms ---

  const token = () => own().dataset.token;

  async function send(form, button) {
    const body = new URLSearchParams(new FormData(form, button));
    body.set("csrf_token", token());
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.redirected || answer.status === 401) { location.reload(); return; }
    takeOwn(await answer.text());
    if (!answer.ok) return;
    for (const field of form.querySelectorAll("input:not([type=hidden]):not([type=checkbox])")) field.value = "";
    // what was sent is no longer being typed: the field may follow the board again
    for (const field of form.querySelectorAll("textarea")) {
      field.defaultValue = body.get("text");
      field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!here || !form.action.includes(`${here}/`) || form.action.endsWith("/end")) return;
    event.preventDefault();
    send(form, event.submitter).catch(() => say(board.dataset.unsent));
  }, true);

  let saving;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-saves-itself]");
    if (!form) return;
    clearTimeout(saving);
    saving = setTimeout(() => send(form).catch(() => {}), SAVE_AFTER_MS);
  });

  // --- time: the server says how much is left, this clock only how much has passed since ---

  const seen = new WeakMap();

  function tick() {
    for (const clock of document.querySelectorAll("[data-left]:not(#room-mine)")) {
      const begun = seen.get(clock);
      if (!begun || begun.left !== clock.dataset.left) seen.set(clock, { left: clock.dataset.left, at: performance.now() });
      const passed = clock.dataset.paused === undefined ? (performance.now() - seen.get(clock).at) / 1000 : 0;
      const left = Math.max(Math.ceil(clock.dataset.left - passed), 0);
      const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      clock.textContent = clock.dataset.words ? clock.dataset.words.replace("{time}", text) : text;
      const frame = clock.closest(".cop-clock");
      if (!frame) continue;
      frame.querySelector("[data-running]").hidden = left === 0;
      frame.querySelector("[data-over]").hidden = left > 0;
      const bar = frame.parentElement.querySelector("progress");
      if (bar) bar.value = bar.max - left;
    }
  }

  // --- what the stream brings ---

  function say(sentence) {
    const line = document.getElementById("room-said");
    if (line) line.textContent = sentence;
  }

  const led = () => document.getElementById("room-now").dataset.moderators;
  let ledBy = led();

  document.addEventListener("live:change", (event) => {
    layOver();
    tick();
    if (here && (event.detail.jump || led() !== ledBy)) askOwn();
    ledBy = led();
  });
  document.addEventListener("live:state", (event) => {
    const sign = document.querySelector("[data-connection]");
    if (sign) sign.textContent = event.detail.state === "connected" ? sign.dataset.connected : sign.dataset.searching;
  });
  layOver();
  setInterval(tick, 250);
})();
