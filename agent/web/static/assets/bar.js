// The bar along the top: whose till this is, and what of it works. What works is
// a quiet icon; what does not says so in words.
import { h, icon, onlyIfChanged } from './dom.js';
import { languages } from './language.js';

const icons = { attention: 'bell', reconcile: 'compare', devices: 'scanner', channels: 'info', leave: 'signin' };
const needs = { attention: 'attend', reconcile: 'audit', devices: 'equip', channels: 'read', leave: 'refund' }; // a cashier's page stays signed in for the shift

export class Bar {
  constructor(language, on) {
    this.language = language;
    this.store = h('span', { class: 'bar-store' });
    this.till = h('span', { class: 'bar-till' });
    this.lamps = h('ul', { class: 'lamps' });
    this.clock = h('time', { class: 'bar-clock' });
    this.dayWord = h('span', {});
    this.day = h('button', { class: 'bar-day', type: 'button', 'data-do': 'day', onclick: on.day }, icon('list'), this.dayWord);
    this.menu = h('div', { class: 'menu', role: 'group' }, Object.keys(icons).map((name) => h('button', {
      type: 'button', class: 'menu-item', 'data-do': name, onclick: () => on.desk(name),
    }, icon(icons[name]), h('span', {}))));
    this.tongues = h('div', { class: 'tongues', role: 'group' }, languages.map((l) => h('button', {
      type: 'button', lang: l.tag, title: l.name, 'aria-label': l.name, 'data-language': l.tag,
      onclick: () => on.language(l.tag),
    }, l.short)));
    this.el = h('header', { class: 'bar' }, h('p', { class: 'bar-name' }, this.store, this.till),
      this.lamps, this.menu, this.day, this.tongues, this.clock);
  }

  // show draws how the till is, and of the sheets those that may may see.
  show(status, may) {
    const t = (key, values) => this.language.t(key, values);
    onlyIfChanged(this.store, status?.till.store_name ?? 'tillpay');
    onlyIfChanged(this.till, status?.till.id ?? '');
    onlyIfChanged(this.dayWord, t('bar.day'));
    this.tongues.setAttribute('aria-label', t('page.language'));
    for (const b of this.tongues.children) b.setAttribute('aria-pressed', String(b.dataset.language === this.language.tag));
    this.tick(status);
    for (const b of this.menu.children) {
      const name = b.dataset.do;
      const n = name === 'attention' ? status?.attention ?? 0 : 0;
      const words = n > 0 ? t('bar.attention', { n }) : t(`menu.${name}`);
      b.hidden = !status || !may.has(needs[name]);
      onlyIfChanged(b.lastChild, words);
      b.lastChild.className = n > 0 ? '' : 'unseen';
      b.title = words;
      b.dataset.ok = String(n === 0);
    }
    const lamps = status ? lampsOf(status, t, may) : [];
    const drawn = JSON.stringify([lamps, this.language.tag]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.lamps.replaceChildren(...lamps.map((lamp) => h('li', {
      class: 'lamp', 'data-lamp': lamp.kind, 'data-ok': String(lamp.ok), title: lamp.detail || lamp.say,
    }, icon(lamp.icon), h('span', { class: lamp.ok ? 'unseen' : 'lamp-say' }, lamp.say))));
  }

  tick(status) {
    onlyIfChanged(this.clock, this.language.time(Date.now(), status?.till.time_zone));
  }
}

function lampsOf(status, t, may) {
  const lamps = [networkLamp(status.network, t)];
  for (const d of status.devices ?? []) lamps.push(deviceLamp(d, t));
  if (status.network !== 'offline') lamps.push(platformLamp(status.channels ?? [], t)); // no network says it already
  if (Math.abs(status.clock_offset_seconds ?? 0) >= 30) {
    lamps.push({ kind: 'clock', icon: 'wait', ok: false, say: t('bar.clock', { n: Math.round(status.clock_offset_seconds) }) });
  }
  if (status.attention > 0 && !may.has('attend')) { // who may attend has a button for it
    lamps.push({ kind: 'attention', icon: 'bell', ok: false, say: t('bar.attention', { n: status.attention }) });
  }
  return lamps;
}

function networkLamp(network, t) {
  const what = t('bar.network');
  if (network === 'online') return { kind: 'network', icon: 'network', ok: true, say: t('bar.ok', { what }) };
  if (network === 'offline') return { kind: 'network', icon: 'offline', ok: false, say: t('network.offline') };
  return { kind: 'network', icon: 'network', ok: true, say: t('network.unknown') };
}

function deviceLamp(device, t) {
  const kind = device.kind === 'printer' ? 'printer' : 'scanner';
  const what = t(`bar.${kind}`);
  const ok = ['ready', 'blind', 'unknown'].includes(device.status); // unknown: not asked yet
  const key = ['missing', 'no_permission'].includes(device.status) ? `device.${device.status}` : 'device.failed';
  return { kind, icon: kind, ok, say: t(ok ? 'bar.ok' : key, { what }), detail: device.detail };
}

// platformLamp is one lamp for all channels: the cashier cannot tell them apart.
function platformLamp(channels, t) {
  const what = t('bar.platform');
  const bad = channels.find((c) => c.state && !['ready', 'ok', 'online', 'unknown'].includes(c.state));
  if (!bad) return { kind: 'platform', icon: 'platform', ok: true, say: t('bar.ok', { what }) };
  return { kind: 'platform', icon: 'platform', ok: false, say: t('channel.bad', { what }), detail: bad.name };
}
