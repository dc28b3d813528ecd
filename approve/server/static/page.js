// Niceties of the pages; everything works without them.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
for (const tick of document.querySelectorAll("[data-unlocks]")) {
  const button = document.getElementById(tick.dataset.unlocks);
  const follow = () => { button.disabled = !tick.checked; };
  tick.addEventListener("change", follow);
  follow();
}
