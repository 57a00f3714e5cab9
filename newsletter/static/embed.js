/* The sign-up form in one line:
   <a href="https://SERVICE/newsletters/SLUG?language=en">Sign up</a><script src="https://SERVICE/embed.js" async></script>
   The link becomes the form. Whatever goes wrong, the link is left, or the form without script. */
(() => {
  "use strict";
  const script = document.currentScript;
  const base = new URL(".", script.src).href;
  const link = script.previousElementSibling;
  const slug = script.dataset.newsletter;
  const page = slug ? `${base}newsletters/${slug}` : link?.href?.startsWith(`${base}newsletters/`) ? link.href : "";

  const ITS = ":where(.newsletter-form) :where";
  const LOOK = `
    ${ITS}(p, fieldset) { margin: 0 0 1em; padding: 0; border: 0; min-width: 0 }
    ${ITS}(label, legend) { display: block; padding: 0; overflow-wrap: anywhere }
    ${ITS}(input, button) { font: inherit; box-sizing: border-box }
    ${ITS}([type=text], [type=email]) { width: 100%; max-width: 28em; min-height: 2.75em; padding: .4em .6em }
    ${ITS}(button) { min-height: 2.75em; padding: .4em 1.5em; cursor: pointer }
    :where(.newsletter-tick) { display: flex; gap: .6em; margin: .4em 0; align-items: start }
    :where(.newsletter-tick) :where(input) { flex: none; width: 1.5em; height: 1.5em; margin: 0 }
    :where(.newsletter-error, .newsletter-form > label, .newsletter-form legend) { font-weight: bold }
    :where(.newsletter-error:empty) { display: none }`;

  function dress() {
    try { // which no policy forbids
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(LOOK);
      document.adoptedStyleSheets.push(sheet);
    } catch {} // an old browser
  }

  let inputs = []; // the form's own: sites add more

  function fields() { // not as JSON, which sites have bent
    const found = new URLSearchParams({ source: location.origin + location.pathname });
    for (const { name, value, type, checked } of inputs) if (checked || type !== "checkbox") found.append(name, value);
    return found;
  }

  const place = (input) => document.getElementById(`${input.id}-error`);
  const fault = ({ name }, told) => (told[name] ?? told[`${name}s`])?.[0]; // topic: topics

  function say(form, what) {
    const alert = form.querySelector("[role=alert]");
    alert.textContent = alert.dataset[what] ?? "";
  }

  function complain(form, wrong, told = {}) {
    say(form, wrong.length && "wrong");
    for (const input of inputs) {
      const error = place(input), bad = wrong.includes(input);
      if (error) error.textContent = bad ? fault(input, told) ?? error.dataset.text : "";
      input.removeAttribute("aria-invalid");
      if (bad) input.setAttribute("aria-invalid", "true");
    }
    wrong[0]?.focus();
  }

  function thank(form) {
    const status = form.querySelector("[role=status]");
    for (const part of form.querySelectorAll(":scope > *")) if (part !== status) part.remove();
    status.textContent = status.dataset.done;
    status.focus();
  }

  async function send(form) {
    const post = { method: "POST", headers: { Accept: "application/json" }, body: fields(), credentials: "omit" };
    const answer = await fetch(form.getAttribute("action"), post);
    if (answer.status === 202) return form.dataset.next ? location.assign(form.dataset.next) : thank(form);
    const { errors = {} } = await answer.json();
    const wrong = inputs.filter((input) => place(input) && fault(input, errors));
    if (!wrong.length || wrong.length < Object.keys(errors).length) throw errors; // not told here
    complain(form, wrong, errors);
  }

  async function submit(event) {
    const form = event.target;
    const button = form.querySelector("[type=submit]");
    event.preventDefault();
    const wrong = inputs.filter((input) => input.willValidate && !input.validity.valid);
    complain(form, wrong);
    if (wrong.length || button.disabled) return;
    button.disabled = true;
    try {
      await send(form);
    } catch {
      if (navigator.onLine) HTMLFormElement.prototype.submit.call(form); // as without script
      else say(form, "offline");
    }
    button.disabled = false;
  }

  function rename(form) { // its twin may stand there
    while (inputs.some(({ id }) => document.getElementById(id))) for (const name of ["id", "for", "aria-describedby"]) {
      for (const one of form.querySelectorAll(`[${name}]`)) one.setAttribute(name, one.getAttribute(name).replace(/\S+/g, "x-$&"));
    }
  }

  const load = (address) => new Promise((done, onerror) => { // not by DOMParser: trusted types
    const request = Object.assign(new XMLHttpRequest(), { onload: () => done(request.response), onerror });
    request.open("GET", address);
    request.responseType = "document";
    request.send();
  });

  async function grow() {
    const address = new URL(page);
    const language = script.dataset.language ?? address.searchParams.get("language") ?? document.documentElement.lang;
    const found = await load(`${address.origin}${address.pathname}/form.html?language=${language.slice(0, 2).toLowerCase()}`);
    const form = found.querySelector(".newsletter-form");
    inputs = [...form.querySelectorAll("input")]; // form.elements may be a field
    form.querySelector("[aria-hidden]").style = "position: fixed; left: -9999px";
    rename(form);
    form.noValidate = true;
    form.addEventListener("submit", submit);
    dress();
    if (link?.href === page) link.replaceWith(form);
    else script.before(form);
  }

  addEventListener("message", ({ origin, data, source }) => {
    if (origin !== new URL(base).origin || data?.newsletter !== "height") return;
    for (const frame of document.querySelectorAll("iframe")) if (frame.contentWindow === source) {
      frame.style.height = `${data.height}px`;
      if (data.top && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    }
  });

  for (const frame of document.querySelectorAll(`iframe[src^="${base}"]`)) frame.contentWindow.postMessage("height", "*");

  if (page) grow().catch(() => {
    if (slug && !link?.href?.startsWith(page)) script.before(Object.assign(document.createElement("a"), { href: page, textContent: "Newsletter" }));
  });
})();
