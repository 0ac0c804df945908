// Shows the Copy button of every code block and says when the text is on the clipboard.

// Browsers offer the clipboard only under HTTPS and on this machine; elsewhere the selection is copied instead.
async function copy(code) {
  if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent);
  getSelection().selectAllChildren(code);
  if (!document.execCommand("copy")) throw new Error("The browser refused to copy.");
}

for (const block of document.querySelectorAll("[data-copyable]")) {
  const button = block.querySelector("button");
  const status = block.querySelector("[role=status]");
  const code = block.querySelector("code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    // Emptied first, so that a second copy is announced as well.
    status.textContent = "";
    try {
      await copy(code);
      status.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      status.textContent = "Selected: copy it with your keyboard";
    }
  });
}
