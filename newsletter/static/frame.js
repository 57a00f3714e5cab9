/* Tells the site that frames this page how high it is; embed.js there sets the frame to it, and asks when it comes late.
   What a press led to begins at its top, which may be far above; and browsers let no frame of another site autofocus. */
(() => {
  "use strict";
  const height = () => Math.ceil(document.body.getBoundingClientRect().height);
  const tell = (top) => parent.postMessage({ newsletter: "height", height: height(), top: top === true }, "*");
  addEventListener("message", ({ data }) => data === "height" && tell());
  new ResizeObserver(tell).observe(document.body);
  tell(document.referrer.startsWith(`${location.origin}/`) || location.pathname.endsWith("/inbox"));
  document.querySelector("[autofocus]")?.focus({ preventScroll: true });
})();
