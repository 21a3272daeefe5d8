// Building elements. Text always goes in as text: nothing that a POS, a customer
// or a platform wrote is ever read as HTML.

// h makes an element. A property on* listens, true and false switch a
// boolean attribute, null leaves it out, anything else is an attribute.
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
    else el.setAttribute(name, value === true ? '' : value);
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, props, ...children) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props ?? {})) el.setAttribute(name, value);
  el.append(...children);
  return el;
}

// icon draws a symbol of icons.svg. It is decoration: words say the same.
export function icon(name, cls = 'icon') {
  return svg('svg', { class: cls, 'aria-hidden': 'true', viewBox: '0 0 24 24' },
    svg('use', { href: `/assets/icons.svg#${name}` }));
}

export function onlyIfChanged(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

export function calm() { return matchMedia('(prefers-reduced-motion: reduce)').matches; }
