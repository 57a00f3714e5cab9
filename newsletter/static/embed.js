/* The sign-up form on any site, in one line:
   <a href="https://SERVICE/newsletters/SLUG?language=en">Sign up</a><script src="https://SERVICE/embed.js" async></script>
   The link becomes the form. Whatever goes wrong, something is left that works: the link, or the form without script. */
(() => {
  "use strict";
  const script = document.currentScript;
  const base = new URL(".", script.src).href;
  const link = script.previousElementSibling;
  const slug = script.dataset.newsletter;
  const page = slug ? `${base}newsletters/${slug}` : link?.href?.startsWith(`${base}newsletters/`) ? link.href : "";

  const LISTS = { topic: "topics", consent: "consents" };
  const LOOK = `
    :where(.newsletter-form) :where(p, fieldset) { margin: 0 0 1em; padding: 0; border: 0; min-width: 0 }
    :where(.newsletter-form) :where(label, legend) { display: block; padding: 0 }
    :where(.newsletter-form) :where(input, button) { font: inherit; box-sizing: border-box }
    :where(.newsletter-form) :where([type=text], [type=email]) { width: 100%; max-width: 28em; min-height: 2.75em; padding: .4em .6em }
    :where(.newsletter-form) :where(button) { min-height: 2.75em; padding: .4em 1.5em; cursor: pointer }
    :where(.newsletter-tick) { display: flex; gap: .6em; margin: .4em 0; align-items: start }
    :where(.newsletter-tick) :where(input) { flex: none; width: 1.5em; height: 1.5em; margin: 0 }
    :where(.newsletter-error, .newsletter-form > label, .newsletter-form legend) { font-weight: bold }
    :where(.newsletter-error:empty) { display: none }`;

  function dress() {
    try { // which no policy forbids
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(LOOK);
      document.adoptedStyleSheets.push(sheet);
    } catch { /* an old browser */ }
  }

  const listed = ({ name }) => LISTS[name] ?? name;
  const inputs = (form) => [...form.querySelectorAll("input")]; // form.elements may be a field

  function fields(form) {
    const found = { source: location.origin + location.pathname, topics: [], consents: [] };
    for (const [name, value] of new FormData(form)) {
      if (LISTS[name]) found[LISTS[name]].push(value);
      else found[name] = value;
    }
    return found;
  }

  function mark(input, wrong, told) {
    const error = document.getElementById(`${input.id}-error`);
    if (!error) return;
    error.textContent = wrong ? told?.[0] ?? error.dataset.text : "";
    if (wrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function complain(form, wrong, told = {}) {
    const alert = form.querySelector("[role=alert]");
    alert.textContent = "";
    for (const input of inputs(form)) mark(input, wrong.includes(input), told[listed(input)]);
    if (!wrong.length) return;
    alert.textContent = alert.dataset.wrong;
    wrong[0].focus();
  }

  function thank(form) {
    const status = form.querySelector("[role=status]");
    for (const part of form.querySelectorAll(":scope > *")) if (part !== status) part.remove();
    status.textContent = status.dataset.done;
    status.focus();
  }

  async function send(form) {
    const type = "application/json", headers = { "Content-Type": type, Accept: type };
    const body = JSON.stringify(fields(form));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", headers, body, credentials: "omit" });
    if (answer.status === 202) return form.dataset.next ? location.assign(form.dataset.next) : thank(form);
    const errors = answer.status === 422 ? (await answer.json()).errors : {};
    const wrong = inputs(form).filter((input) => input.id && listed(input) in errors);
    if (!wrong.length) throw new Error("not told here");
    complain(form, wrong, errors);
  }

  async function submit(event) {
    const form = event.target;
    const button = form.querySelector("[type=submit]");
    event.preventDefault();
    const wrong = inputs(form).filter((input) => input.willValidate && !input.validity.valid);
    complain(form, wrong);
    if (wrong.length || button.disabled) return;
    button.disabled = true;
    try {
      await send(form);
    } catch {
      if (navigator.onLine) HTMLFormElement.prototype.submit.call(form); // as without script
      else form.querySelector("[role=alert]").textContent = form.querySelector("[role=alert]").dataset.offline;
    }
    button.disabled = false;
  }

  function rename(form) { // its twin may stand there
    const taken = ({ id }) => document.getElementById(id);
    while (inputs(form).some(taken)) for (const name of ["id", "for", "aria-describedby"]) {
      for (const one of form.querySelectorAll(`[${name}]`)) one.setAttribute(name, one.getAttribute(name).replace(/\S+/g, "x-$&"));
    }
  }

  async function grow() {
    const address = new URL(page);
    const language = script.dataset.language ?? address.searchParams.get("language") ?? document.documentElement.lang;
    const answer = await fetch(`${address.origin}${address.pathname}/form.html?language=${language.slice(0, 2).toLowerCase()}`, { credentials: "omit" });
    if (!answer.ok) throw new Error(answer.status);
    const form = new DOMParser().parseFromString(await answer.text(), "text/html").forms[0];
    Object.assign(form.querySelector("[aria-hidden]").style, { position: "fixed", left: "-9999px" });
    rename(form);
    form.noValidate = true;
    form.addEventListener("submit", submit);
    dress();
    if (link?.href === page) link.replaceWith(form);
    else script.before(form);
  }

  addEventListener("message", (event) => {
    if (event.origin !== new URL(base).origin || event.data?.newsletter !== "height") return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow === event.source) frame.style.height = `${event.data.height}px`;
    }
  });

  for (const frame of document.querySelectorAll(`iframe[src^="${base}"]`)) frame.contentWindow.postMessage("height", "*");

  if (page) grow().catch(() => {
    if (slug && !link?.href?.startsWith(page)) script.before(Object.assign(document.createElement("a"), { href: page, textContent: "Newsletter" }));
  });
})();
