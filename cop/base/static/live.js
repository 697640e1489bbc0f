/* SPDX-FileCopyrightText: The Reihum contributors */
/* SPDX-License-Identifier: EUPL-1.2 */

/*
 * A page that stays up to date: an element whose data-live is the address of a stream (base/live.py).
 * Each message is HTML of one or more elements with ids; each becomes the page's element of the same id. What somebody
 * types in stays: its element keeps what it has, with data-changed, until they are done.
 * Events on the element: live:state {state: connected | searching | offline}, live:change {jump} after each message.
 */
(() => {
  "use strict";

  const SILENT_MS = 5_000; // a proxy collects what it should pass on
  const POLL_MS = 3_000;
  const STREAM_AGAIN_MS = 60_000;
  const MOST_FAILURES = 3;
  const FIELDS = "textarea, select, input:not([type=hidden], [type=submit], [type=button])";

  const jittered = (ms) => ms * (0.75 + Math.random() / 2);

  /** Whether somebody is typing in a field, or has typed. */
  function held(field) {
    if (field === document.activeElement && !field.readOnly) return true;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  }

  class Live {
    #root;
    #last;
    #source = null;
    #timer = 0;
    #failures = 0;
    #jump = false;
    #waiting = new Map();

    constructor(root) {
      this.#root = root;
      this.#last = new URL(root.dataset.live, location.href).searchParams.get("after") ?? "0";
      root.addEventListener("focusout", () => setTimeout(() => this.#showWaiting()));
      root.addEventListener("htmx:before:morph:node", (event) => {
        if (event.detail.oldNode.matches?.(FIELDS) && held(event.detail.oldNode)) event.preventDefault();
      });
      // the browser keeps a page that was left, for its back button, but not its streams
      addEventListener("pagehide", () => this.#close());
      addEventListener("pageshow", (event) => { if (event.persisted) this.#listen(); });
      addEventListener("online", () => this.#listen());
      addEventListener("offline", () => this.#say("offline"));
      this.#listen();
    }

    #listen() {
      this.#close();
      const url = new URL(this.#root.dataset.live, location.href);
      url.searchParams.set("after", this.#last);
      const source = this.#source = new EventSource(url);
      this.#timer = setTimeout(() => this.#poll(), SILENT_MS);
      source.addEventListener("there", () => {
        clearTimeout(this.#timer);
        this.#failures = 0;
        this.#say("connected");
      });
      source.addEventListener("message", (event) => this.#take(event.lastEventId, event.data));
      source.addEventListener("error", () => {
        this.#lost();
        if (source.readyState === EventSource.CLOSED || this.#failures >= MOST_FAILURES) this.#poll();
      });
    }

    #close() {
      clearTimeout(this.#timer);
      this.#source?.close();
    }

    #lost() {
      this.#failures += 1;
      this.#jump = true;
      this.#say(this.#failures > MOST_FAILURES ? "offline" : "searching");
    }

    async #poll(until = Date.now() + STREAM_AGAIN_MS) {
      this.#close();
      try {
        const answer = await fetch(this.#root.dataset.live, { headers: { "Last-Event-ID": this.#last } });
        if (!answer.ok) throw new Error(answer.statusText);
        this.#takeAll(await answer.text());
        this.#failures = 0;
        this.#say("connected");
      } catch {
        this.#lost();
      }
      const next = () => (Date.now() < until ? this.#poll(until) : this.#listen());
      this.#timer = setTimeout(next, jittered(POLL_MS));
    }

    /** Read events as a browser reads a stream (HTML Standard, 9.2.6), as far as ours go. */
    #takeAll(text) {
      for (const block of text.split("\n\n")) {
        const lines = block.split("\n");
        const id = lines.find((line) => line.startsWith("id: "));
        const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice("data: ".length));
        if (id) this.#take(id.slice("id: ".length), data.join("\n"));
      }
    }

    #take(number, html) {
      this.#last = number;
      this.#root.toggleAttribute("data-live-jump", this.#jump);
      for (const fresh of new DOMParser().parseFromString(html, "text/html").body.children) this.#show(fresh);
      const jump = this.#jump;
      this.#jump = false;
      this.#root.dispatchEvent(new CustomEvent("live:change", { bubbles: true, detail: { jump } }));
    }

    #show(fresh) {
      const here = fresh.id && document.getElementById(fresh.id);
      if (!here) return;
      const kept = (field) => field.id && fresh.querySelector(`#${CSS.escape(field.id)}`);
      const typing = [...here.querySelectorAll(FIELDS)].filter(held);
      if (typing.every(kept)) {
        this.#waiting.delete(here.id);
        htmx.swap({ sourceElement: here, target: here, text: fresh.outerHTML, swap: "outerMorph" });
      } else {
        this.#waiting.set(here.id, fresh);
        here.dataset.changed = "";
      }
    }

    #showWaiting() {
      for (const fresh of [...this.#waiting.values()]) this.#show(fresh);
    }

    #say(state) {
      if (this.#root.dataset.liveState === state) return;
      this.#root.dataset.liveState = state;
      this.#root.dispatchEvent(new CustomEvent("live:state", { bubbles: true, detail: { state } }));
    }
  }

  for (const root of document.querySelectorAll("[data-live]")) new Live(root);
})();
