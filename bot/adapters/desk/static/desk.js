// The desk works without this script; with it, keys decide, a card is previewed as it's typed, and progress shows itself.
"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const isTyping = (element) => element.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

  // Keys: an element with data-key is pressed, focused or unfolded by that key.
  const press = (element) => {
    if (element.matches("summary")) {
      const fold = element.parentElement;
      fold.open = !fold.open;
      const first = fold.open && fold.querySelector("input, select, textarea");
      (first || element).focus();
    } else if (isTyping(element)) {
      element.focus();
      if (element.matches("textarea")) element.setSelectionRange(element.value.length, element.value.length);
    } else {
      element.click();
    }
  };
  const items = [...document.querySelectorAll("[data-item]")];
  let here = -1;
  const go = (to) => {
    if (!items.length) return;
    if (items[here]) items[here].classList.remove("here");
    here = Math.max(0, Math.min(items.length - 1, to));
    items[here].classList.add("here");
    items[here].querySelector("a").focus({ preventScroll: true });
    items[here].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    // A key that is held down must not decide on the page that follows too.
    if (event.isComposing || (event.repeat && event.key !== "j" && event.key !== "k")) return;
    const typing = isTyping(event.target);
    if (typing && event.key === "Escape") return event.target.blur();
    if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const send = event.target.form && event.target.form.querySelector("[data-send]");
      if (send) { event.preventDefault(); send.click(); }
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (items.length && (event.key === "j" || event.key === "k")) {
      event.preventDefault();
      return go(here + (event.key === "j" ? 1 : -1));
    }
    if (event.key === "x" && items[here]) {
      event.preventDefault();
      return items[here].querySelector("input[type=checkbox]").click();
    }
    const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (named && !named.disabled) {
      event.preventDefault();
      press(named);
    }
  });

  // One press sends a form once.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (event.target.dataset.sent) return event.preventDefault();
    if (event.target.method === "post") event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  document.querySelectorAll("[data-select]").forEach((field) => field.addEventListener("focus", () => field.select()));
  document.querySelectorAll("textarea[data-grow]").forEach((area) => {
    const grow = () => { area.style.height = "auto"; area.style.height = `${Math.min(area.scrollHeight + 4, 640)}px`; };
    area.addEventListener("input", grow);
    grow();
  });

  // A problem's line is found in the text.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    const area = document.querySelector("[data-lines]");
    if (!link || !area) return;
    event.preventDefault();
    const lines = area.value.split("\n");
    const start = lines.slice(0, Number(link.dataset.line) - 1).join("\n").length + (Number(link.dataset.line) > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[Number(link.dataset.line) - 1] || "").length);
    area.scrollTop = (Number(link.dataset.line) - 4) * parseFloat(getComputedStyle(area).lineHeight);
  });

  // The preview follows the text.
  const area = document.querySelector("[data-preview]");
  const preview = document.getElementById("preview");
  if (area && preview) {
    let timer = 0;
    area.addEventListener("input", () => {
      const apply = document.querySelector("[data-apply]");
      if (apply) { apply.disabled = true; document.querySelector("[data-apply-why]").textContent = "The text was changed: check it first."; }
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const text = area.value;
        const body = new URLSearchParams({ csrf: area.form.elements.csrf.value, text });
        const answer = await fetch(area.dataset.preview, { method: "POST", body });
        if (answer.ok && !answer.redirected && area.value === text) {
          const open = [...preview.querySelectorAll("details")].map((each) => each.open);
          preview.innerHTML = await answer.text();
          preview.querySelectorAll("details").forEach((each, place) => { each.open = Boolean(open[place]); });
        }
      }, 400);
    });
  }

  // A file that is too large is named before it's sent.
  document.querySelectorAll("input[data-most]").forEach((field) => field.addEventListener("change", () => {
    const most = Number(field.dataset.most);
    field.setCustomValidity([...field.files].some((file) => file.size > most * 1e6) ? `This file has more than ${most} MB: export a shorter span of dates.` : "");
    field.reportValidity();
  }));

  // The replay shows how far it is, and what it found.
  const impact = document.querySelector("[data-poll]");
  if (impact) {
    const look = async () => {
      const answer = await fetch(impact.dataset.poll);
      if (!answer.ok || answer.status === 204 || answer.redirected) return;
      impact.innerHTML = await answer.text();
      if (!impact.querySelector("progress")) {
        const apply = document.querySelector("[data-apply]");
        const why = document.querySelector("[data-apply-why]");
        if (impact.hasAttribute("data-reload")) return location.reload();
        if (apply && impact.querySelector("[data-measured]") && area.value === area.defaultValue) {
          apply.disabled = false;
          why.textContent = "Measured: look at what it changes, then go on.";
        }
        return;
      }
      setTimeout(look, 700);
    };
    setTimeout(look, 700);
  }
})();
