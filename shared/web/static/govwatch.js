// Keeps <div id="live" data-refresh="5"> fresh: the block "live" of the same page, asked for every 5 seconds.
// Nothing is replaced while somebody types or selects in it; the focus stays where it was.
"use strict";
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
for (const part of document.querySelectorAll("[data-refresh]")) {
  let shown = null;
  const inUse = () =>
    document.hidden || !getSelection().isCollapsed || part.querySelector("input:focus, select:focus, textarea:focus");
  const show = (text) => {
    const focused = [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
    part.innerHTML = text;
    if (focused >= 0) part.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Fragment": part.id }, cache: "no-store" });
      if (answer.status === 401) return location.reload();
      const text = await answer.text();
      part.toggleAttribute("data-old", !answer.ok);
      if (answer.ok && text !== shown && !inUse()) show((shown = text));
    } catch {
      part.setAttribute("data-old", "");
    }
  };
  const tick = async () => {
    if (!inUse()) await refresh();
    setTimeout(tick, part.dataset.refresh * 1000);
  };
  setTimeout(tick, part.dataset.refresh * 1000);
}
