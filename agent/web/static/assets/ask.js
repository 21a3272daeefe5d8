// A question before something that cannot be taken back.
import { h } from './dom.js';

// ask resolves to true only where the person chose to go on.
export function ask(parent, { title, say, yes, no }) {
  return new Promise((resolve) => {
    const stay = h('button', { class: 'button primary', type: 'button', 'data-do': 'keep', autofocus: true, onclick: () => box.close('') }, no);
    const go = h('button', { class: 'button quiet', type: 'button', 'data-do': 'confirm', onclick: () => box.close('yes') }, yes);
    const box = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', 'data-own-keys': '' },
      h('h2', { id: 'ask-title' }, title), h('p', {}, say), h('div', { class: 'actions' }, stay, go));
    box.addEventListener('close', () => {
      box.remove();
      resolve(box.returnValue === 'yes');
    });
    parent.append(box);
    box.showModal();
  });
}
