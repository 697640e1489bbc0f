/* SPDX-FileCopyrightText: The Reihum contributors */
/* SPDX-License-Identifier: EUPL-1.2 */

/* Only comfort: every page works without this file. */
(() => {
  "use strict";

  const TOAST_MS = 10_000;
  const BUSY_AFTER_MS = 300;

  // before the first paint, so that a toast doesn't jump from the page to the corner
  document.documentElement.classList.add("cop-js");

  /** Let a toast go after ten seconds, but never under the pointer or the focus. */
  function timeToast(toast) {
    let timer;
    const start = () => { timer = setTimeout(() => toast.remove(), TOAST_MS); };
    const stop = () => clearTimeout(timer);
    for (const event of ["mouseenter", "focusin"]) toast.addEventListener(event, stop);
    for (const event of ["mouseleave", "focusout"]) toast.addEventListener(event, start);
    start();
  }

  function timeToasts() {
    for (const toast of document.querySelectorAll(".cop-toast:not([data-timed])")) {
      toast.dataset.timed = "";
      timeToast(toast);
    }
  }

  /** A status that is there when the page opens is not read out; one that arrives is. */
  function announceToasts() {
    const area = document.getElementById("toasts");
    if (!area || !area.children.length) return;
    const toasts = [...area.children];
    area.replaceChildren();
    setTimeout(() => { area.replaceChildren(...toasts); timeToasts(); }, 100);
  }

  /** A form is sent once; after 300 ms its button says what it does, in the same width. */
  function sending(event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sending !== undefined) { event.preventDefault(); return; }
    form.dataset.sending = "";
    const button = event.submitter;
    if (!button) return;
    setTimeout(() => {
      if (form.dataset.sending === undefined) return;
      const label = button.querySelector(".kern-label");
      button.setAttribute("aria-busy", "true");
      if (!label || !button.dataset.busy) return;
      button.style.minWidth = `${button.offsetWidth}px`;
      button.dataset.label = label.textContent;
      label.textContent = button.dataset.busy;
    }, BUSY_AFTER_MS);
  }

  function sent(form) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      if (button.dataset.label) button.querySelector(".kern-label").textContent = button.dataset.label;
    }
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll(".cop-drop[open], .cop-menu[open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  }

  function escape(event) {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest(".cop-drop[open], .cop-menu[open]");
    closeMenus(null);
    menu?.querySelector("summary").focus();
  }

  document.addEventListener("submit", sending);
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", escape);
  document.addEventListener("DOMContentLoaded", announceToasts);
  // the browser's back button shows the page as it was left
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(sent));

  document.addEventListener("htmx:after:swap", timeToasts);
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest?.("form");
    if (form) sent(form);
  });
  // refused or broken: ask again as a plain form, which shows the whole answer
  document.addEventListener("htmx:response:error", (event) => {
    const button = event.target.closest?.("button[formaction]");
    if (button) button.form.requestSubmit(button);
    else event.target.closest?.("form")?.submit();
  });
})();
