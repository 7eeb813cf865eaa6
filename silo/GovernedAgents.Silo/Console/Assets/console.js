// Adds to pages that work without it: live updates that never move focus nor swap what is under the pointer, and single keys.
"use strict";
(() => {
  const body = document.body, notice = document.querySelector(".notice");
  const words = notice?.querySelector("span");

  // Times, in the words of Spans.cs.
  const length = s => s < 60 ? `${Math.floor(s)} s` : s < 3600 ? `${Math.floor(s / 60)} min`
    : s < 86400 ? `${Math.floor(s / 3600)} h${Math.floor(s % 3600 / 60) ? ` ${Math.floor(s % 3600 / 60)} min` : ""}`
    : `${Math.floor(s / 86400)} d${Math.floor(s % 86400 / 3600) ? ` ${Math.floor(s % 86400 / 3600)} h` : ""}`;
  const tick = () => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const distance = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const text = Math.abs(distance) < 5 ? "now" : distance > 0 ? `in ${length(distance)}` : `${length(-distance)} ago`;
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(tick, 10000);

  // What has changed: regions that hold no decision are swapped when nobody is at them; the others ask.
  let fresh = null;
  const held = region => region.contains(document.activeElement) || region.matches(":hover");
  const say = text => { if (notice && words && words.textContent !== text) { words.textContent = text; } if (notice) notice.hidden = !text; };
  const settle = () => {
    if (!fresh) return;
    let waiting = false;
    for (const region of document.querySelectorAll("[data-region]")) {
      const next = fresh.querySelector(`[data-region="${region.dataset.region}"]`);
      if (!next || same(next, region)) continue;
      if (region.dataset.swap === "auto" && !held(region)) region.replaceWith(document.importNode(next, true));
      else waiting = true;
    }
    say(waiting ? "Something here has changed" : "");
  };
  const bare = element => {
    const copy = element.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = "";
    for (const token of copy.querySelectorAll("input[name=form]")) token.remove();
    for (const here of copy.querySelectorAll(".here")) here.classList.remove("here");
    return copy.innerHTML;
  };
  const same = (a, b) => bare(a) === bare(b);
  document.addEventListener("pointerout", () => setTimeout(settle, 400));

  let asked = 0;
  const look = () => {
    clearTimeout(asked);
    asked = setTimeout(async () => {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
        if (!answer.ok) return;
        fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        settle();
      } catch { /* The next event asks again. */ }
    }, 350);
  };

  const regions = [...document.querySelectorAll("[data-region]")];
  if (body.dataset.live && regions.length) {
    const wanted = new Set(regions.flatMap(region => (region.dataset.types ?? "").split(" ")));
    const subjects = new Set(regions.map(region => region.dataset.subject).filter(Boolean));
    let source = null;
    const listen = () => {
      source = new EventSource(body.dataset.live);
      for (const type of wanted) source.addEventListener(type, event => {
        const about = JSON.parse(event.data);
        if (subjects.size === 0 || [about.environment, about.session, about.call, about.approval].some(subject => subjects.has(subject))) look();
      });
    };
    // A page that nobody sees gives its connection back (a browser has few of them for one server), and catches up when it is seen again.
    const heed = () => {
      if (document.hidden) { source?.close(); source = null; }
      else if (!source) { listen(); look(); }
    };
    listen();
    document.addEventListener("visibilitychange", heed);
    addEventListener("pagehide", () => { source?.close(); source = null; });
    addEventListener("pageshow", event => { if (event.persisted) heed(); });
  }
  const refresh = () => location.reload();
  notice?.querySelector("[data-refresh]")?.addEventListener("click", refresh);

  // Single keys, never while somebody writes, never with a modifier, never to decide anything.
  if (body.dataset.keys !== "on") return;
  const dialog = document.getElementById("shortcuts");
  let going = false;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const move = step => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.findIndex(row => row.classList.contains("here"));
    const next = Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step));
    for (const row of all) row.classList.remove("here");
    all[next].classList.add("here");
    all[next].querySelector("[data-open]")?.focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  };
  const follow = selector => document.querySelector(selector)?.click();
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (going) {
      going = false;
      const link = document.querySelector(`.side nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    switch (event.key) {
      case "j": move(1); break;
      case "k": move(-1); break;
      case "v": document.querySelector("[data-vote]")?.focus(); break;
      case "r": if (notice && !notice.hidden) refresh(); break;
      case "u": follow("[data-up]"); break;
      case "g": going = true; setTimeout(() => { going = false; }, 1500); break;
      case "?": dialog?.showModal(); break;
      default: return;
    }
    event.preventDefault();
  });
})();
