// Goes on looking through while the page is open, and says how far it has come. Without this script a button does it.

const progress = document.querySelector("[data-progress]");

async function goOn() {
  const answer = await fetch(location.href);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
  if (!answer.ok || !next) return location.reload();
  progress.querySelector("[role=status]").textContent = next.querySelector("[role=status]").textContent;
  progress.querySelector("progress").value = next.querySelector("progress").value;
  return goOn();
}

goOn().catch(() => {});
