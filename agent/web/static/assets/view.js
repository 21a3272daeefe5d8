// What the stage says about a sale. Pure: a sale and the till's status in, words
// and a tone out. The tone picks colour and icon; codes never reach the screen.
import { money } from './money.js';

const icons = {
  scan: 'code', ask: 'phone', wait: 'wait', paid: 'check', held: 'check', declined: 'cross', back: 'back',
  cancelled: 'cross', refunded: 'back', manager: 'bell', offline: 'offline',
};
const ended = new Set(['paid', 'held', 'cancelled', 'refunded', 'manager']);
const byAction = { ask_customer: 'ask', wait: 'wait', rescan: 'declined', other_method: 'declined' };
const byState = { paid: 'paid', held: 'held', refunded: 'refunded', released: 'refunded' };

const dayLong = 86400000;

export function toneOf(sale, offline) {
  if (sale.state === 'attention' || sale.action === 'call_manager') return 'manager';
  if (settling(sale)) return 'wait';
  if (byState[sale.state]) return byState[sale.state];
  if (lastPayment(sale)?.state === 'revoking') return 'back';
  if (sale.state === 'cancelled') return 'cancelled';
  if (sale.state === 'paying') return sale.action === 'ask_customer' ? 'ask' : 'wait';
  if (offline) return 'offline';
  return byAction[sale.action] ?? 'scan';
}

export function lastPayment(sale) { return sale.payments?.at(-1) ?? null; }

// inFlight tells that money may be moving: stopping needs a second thought.
export function inFlight(sale) {
  return (sale.payments ?? []).some((p) => p.state === 'submitting' || p.state === 'paying');
}

// over tells that nothing more can be paid on this sale.
export function over(sale) { return !['open', 'paying'].includes(sale.state); }

// settling tells a deposit that was asked to end and has not ended yet.
function settling(sale) {
  return sale.state === 'held' && ['asked', 'accepted'].includes(sale.settlement?.state);
}

// shown is the text of a code that the customer scans off the screen.
function shown(sale) { return (sale.payments ?? []).find((p) => p.state === 'paying' && p.scan_text)?.scan_text ?? ''; }

// left is what of a paid sale has not gone back and is not on its way.
export function left(sale) {
  const paid = sale.kind === 'deposit' ? sale.captured : sale.amount;
  return (sale.refunds ?? []).reduce((sum, r) => (r.state === 'refused' ? sum : sum - r.amount), paid);
}

// can is what the page's role and the till's channels allow: see Desk.can.
export function viewOf(sale, { till, offline, language, can }) {
  const tone = toneOf(sale, offline);
  const t = (key, values) => language.t(key, values);
  const code = shown(sale);
  const inApp = tone === 'ask' && lastPayment(sale)?.prepared;
  const own = language.tag === language.till && sale.message; // the agent's words come in the till's language
  return {
    tone,
    icon: icons[tone],
    word: t(`word.${code ? 'show' : inApp ? 'app' : tone}`),
    sentence: own || (inApp ? t(code ? 'say.show' : 'say.app') : sentence(sale, tone, language)),
    code,
    amount: money(sale.captured || sale.amount, sale.currency, till), // of a deposit what was captured
    note: sale.refunded_amount > 0 && sale.state === 'paid'
      ? t('say.partly', { amount: money(sale.refunded_amount, sale.currency, till) }) : sale.description !== till.store_name ? sale.description ?? '' : '',
    facts: [...deposited(sale, language, till), ...refunds(sale, language, till)],
    actions: actionsOf(sale, tone, can, Boolean(code)),
    ask: asks(sale, tone, can.may) ? t('say.askmanager') : '',
    countdown: countdownOf(sale),
    wantsCode: sale.state === 'open' && sale.armed !== false && tone !== 'offline',
    paper: sale.receipt && sale.receipt !== 'none',
    mayPrint: can.may.has('print'),
  };
}

function sentence(sale, tone, language) {
  if (tone === 'scan' && sale.armed === false) return language.t('say.elsewhere');
  if (tone === 'paid' && left(sale) <= 0) return language.t('say.goingback');
  const say = language.t(`say.${tone}`);
  const reason = lastPayment(sale)?.reason;
  if (!reason || !['declined', 'back', 'cancelled'].includes(tone)) return say;
  const key = language.has(`reason.${reason}`) ? `reason.${reason}` : 'reason.other';
  return language.t(key) + (language.tag === 'en' ? ' ' : '') + say;
}

// deposited is when a held deposit goes back by itself; soon is to be seen.
function deposited(sale, language, till) {
  if (sale.state !== 'held' || !sale.returns_at || settling(sale)) return [];
  const days = Math.max(0, Math.floor((Date.parse(sale.returns_at) - Date.now()) / dayLong));
  return [{ kind: days < 5 ? 'soon' : 'returns', text: language.t('held.returns', { date: language.date(sale.returns_at, till.time_zone), n: days }) }];
}

// refunds are told one by one: a customer may ask about the last or the first.
function refunds(sale, language, till) {
  return (sale.refunds ?? []).map((r) => ({
    kind: `refund-${r.state}`, text: `${money(r.amount, r.currency ?? sale.currency, till)} · ${language.t(`refunded.${r.state}`)}`,
  }));
}

function actionsOf(sale, tone, { may, order }, code) {
  if (ended.has(tone) || over(sale)) {
    const settled = sale.state === 'held' && !settling(sale);
    return ['new',
      settled && may.has('settle') ? 'capture' : '', settled && may.has('settle') ? 'release' : '',
      sale.state === 'paid' && may.has('refund') && left(sale) > 0 ? 'refund' : '',
      sale.receipt && sale.receipt !== 'none' && may.has('print') ? 'reprint' : ''].filter(Boolean);
  }
  if (inFlight(sale)) return code ? ['check', 'print-order', 'stop'] : ['check', 'stop'];
  if (tone === 'offline') return ['cancel']; // what is left open would have the scanner when the network is back
  return sale.armed === false ? ['new', 'cancel'] : order ? ['order', 'cancel'] : ['cancel'];
}

// asks tells where a cashier would look in vain for what only a manager may do.
function asks(sale, tone, may) {
  if (may.has('refund')) return false;
  return sale.state === 'held' || tone === 'manager' || (tone === 'paid' && sale.receipt !== 'queued');
}

function countdownOf(sale) {
  const payment = (sale.payments ?? []).find((p) => p.state === 'paying' || p.state === 'submitting');
  if (!payment?.deadline_at) return null;
  const from = Date.parse(payment.submitted_at ?? sale.created_at);
  const until = Date.parse(payment.deadline_at);
  return Number.isFinite(from) && until > from ? { from, until } : null;
}
