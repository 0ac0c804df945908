// Keeps the character counts under long texts true while somebody types. Without this script they say what was loaded.

// Where a text is announced to screen readers: after a pause, never on every key.
const PAUSE = 1000;
const number = new Intl.NumberFormat("en");

// Characters as Greenroom counts them: code points. Browsers count a pair of surrogates as two.
function length(text) {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g) ?? []).length;
}

for (const count of document.querySelectorAll("[data-count-for]")) {
  const field = document.getElementById(count.dataset.countFor);
  const live = document.getElementById(`${count.id}-live`);
  const limit = Number(count.dataset.limit);
  let pause;
  field.addEventListener("input", () => {
    const used = length(field.value);
    const over = used > limit;
    count.classList.toggle("is-over", over);
    count.textContent = `${number.format(used)} of ${number.format(limit)} characters`
      + (over ? `, ${number.format(used - limit)} too many` : "");
    clearTimeout(pause);
    pause = setTimeout(() => { live.textContent = count.textContent; }, PAUSE);
  });
}
