// A sheet over the page for what is looked at at leisure: what needs a person, the
// channels, the comparison with the platforms.
import { h } from './dom.js';

export class Panel {
  constructor(parent, language, { name, title, onClose }) {
    this.language = language;
    this.title = h('h2', { id: 'panel-title' }, title);
    this.shut = h('button', { class: 'panel-close', type: 'button', 'data-do': 'close', 'aria-label': language.t('do.close'), onclick: () => this.el.close() }, '×');
    this.body = h('div', { class: 'panel-body', tabindex: '-1' });
    this.el = h('dialog', { class: 'panel', 'data-panel': name, 'aria-labelledby': 'panel-title' },
      h('header', { class: 'panel-head' }, this.title, this.shut), this.body);
    this.el.addEventListener('close', () => { this.el.remove(); onClose?.(); });
    parent.append(this.el);
    this.el.showModal();
    this.body.focus({ preventScroll: true });
  }

  // fill shows content; words alone stand in the middle.
  fill(...content) {
    const nodes = typeof content[0] === 'string' ? [h('p', { class: 'panel-none' }, content[0])] : content;
    if (nodes.length === 1 && nodes[0] === this.body.firstChild) return; // what is shown already stays under a finger
    this.body.replaceChildren(...nodes);
  }

  // key is for keys that the page would take; a panel has none of its own.
  key() { return false; }

  typed() { /* digits that belong to no field of the panel */ }

  untype() { /* as above */ }
}
