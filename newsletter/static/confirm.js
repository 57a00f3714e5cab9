/* In the browser that signed up, the page presses its own button, once somebody looks at it. */
(() => {
  "use strict";
  const form = document.getElementById("confirm");
  const go = () => {
    if (document.prerendering || document.visibilityState !== "visible" || form.elements.how.disabled === false) return;
    form.elements.how.disabled = false;
    form.submit();
  };
  document.addEventListener("prerenderingchange", go);
  document.addEventListener("visibilitychange", go);
  go();
})();
