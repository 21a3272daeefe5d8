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

// Kept draws a list anew and leaves what is still the same in its place: a button
// that is swapped for its twin between a finger's down and up hears no click, and
// one that had the focus loses it.
export class Kept {
  #drawn = new Map(); // by name: what it was drawn from, and the element

  constructor(el) { this.el = el; }

  // show takes the list's elements in their order: a name, all that the drawing
  // depends on, and the drawing.
  show(items) {
    const before = this.#drawn;
    this.#drawn = new Map(items.map(({ name, from, draw }) => {
      const text = JSON.stringify(from);
      const same = before.get(name)?.text === text;
      return [name, same ? before.get(name) : { text, el: draw() }];
    }));
    const now = new Set([...this.#drawn.values()].map((d) => d.el));
    for (const el of [...this.el.childNodes]) if (!now.has(el)) el.remove();
    let next = this.el.firstChild;
    for (const el of now) {
      if (el === next) next = next.nextSibling;
      else this.el.insertBefore(el, next);
    }
  }

  // forget has one drawn anew the next time, whatever it is drawn from.
  forget(name) { this.#drawn.delete(name); }
}

export function onlyIfChanged(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

export function calm() { return matchMedia('(prefers-reduced-motion: reduce)').matches; }
