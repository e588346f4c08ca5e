// Links that only show a state must not lead away from the gallery.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest('[data-story] a[href^="#nowhere"]');
  if (link) event.preventDefault();
});
