// What each payment platform of this till can and cannot do, in a person's words.
import { h, icon } from './dom.js';
import { Panel } from './panel.js';

const drivers = {
  'wechat-global': 'WeChat Pay Global', 'wechat-deposit': 'WeChat Pay', huifu: 'Huifu', huishouqian: 'Huishouqian', fubei: 'Fubei',
};

export class Channels {
  constructor(parent, { api, language, status, onClose }) {
    Object.assign(this, { language, status });
    this.panel = new Panel(parent, language, { name: 'channels', title: language.t('channels.title'), onClose });
    this.#load(api);
  }

  key(name) { return this.panel.key(name); }

  typed() { this.panel.typed(); }

  untype() { this.panel.untype(); }

  async #load(api) {
    try {
      const { channels } = await api.channels();
      this.panel.fill(h('div', { class: 'channel-cards' }, channels.map((c) => this.#card(c))));
    } catch (problem) {
      this.panel.fill(problem.detail ?? String(problem));
    }
  }

  #card(c) {
    const t = (key, values) => this.language.t(key, values);
    const state = this.status.channels?.find((s) => s.name === c.name)?.state ?? 'unknown';
    const wallets = c.wallets.map((w) => (this.language.has(`wallet.${w}`) ? t(`wallet.${w}`) : w)).join(', ');
    const yes = (key, on, words) => h('li', { 'data-can': String(Boolean(on)) }, icon(on ? 'check' : 'cross'), h('span', {}, on && words ? words : t(key)));
    const window = c.refund_window_seconds;
    return h('article', { class: 'channel', 'data-channel': c.name, 'data-state': state },
      h('header', {}, h('h3', {}, drivers[c.driver] ?? c.driver), h('span', { class: 'channel-name' }, c.name),
        h('span', { class: 'channel-state' }, t(`channels.${state}`))),
      h('p', { class: 'channel-takes' }, `${wallets} · ${c.currencies.slice(0, 6).join(' ')}${c.currencies.length > 6 ? ' …' : ''}`),
      h('ul', {},
        yes('channels.codes', c.presented && !c.capture),
        yes('channels.orders', c.prepared),
        yes('channels.deposits', c.capture),
        yes('channels.undo', c.undo.length > 0, t('channels.undo.by', { how: c.undo.map((u) => t(`undo.${u.how}`)).join(', ') })),
        yes('channels.refund', true, window > 0 ? t('channels.refund.days', { n: Math.round(window / 86400) }) : ''),
        yes('channels.statement', c.statement)));
  }
}
