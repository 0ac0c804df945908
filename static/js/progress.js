// Goes on with long work while the page is open, and says how far it has come. Without this script a button does it.
// `data-progress` names the form that does the next part; without a name, opening the page anew does it.

const progress = document.querySelector("[data-progress]");
const form = document.getElementById(progress.dataset.progress);

async function goOn() {
  const answer = await (form ? fetch(form.action, { method: "POST", body: new FormData(form) }) : fetch(location.href));
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
  // A form that is refused is not sent once more: the page waits for the reader then.
  if (!answer.ok) return location.replace(form ? location.pathname : location.href);
  if (!next) return location.replace(answer.url);
  progress.querySelector("[role=status]").textContent = next.querySelector("[role=status]").textContent;
  progress.querySelector("progress").value = next.querySelector("progress").value;
  return goOn();
}

goOn().catch(() => {});
