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

export function toneOf(sale, offline) {
  if (sale.state === 'attention' || sale.action === 'call_manager') return 'manager';
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

export function viewOf(sale, { till, offline, language }) {
  const tone = toneOf(sale, offline);
  const t = (key, values) => language.t(key, values);
  const own = language.tag === language.till && sale.message; // the agent's words come in the till's language
  return {
    tone,
    icon: icons[tone],
    word: t(`word.${tone}`),
    sentence: own || sentence(sale, tone, language),
    amount: money(sale.captured || sale.amount, sale.currency, till), // of a deposit what was captured
    note: sale.refunded_amount > 0 && sale.state === 'paid'
      ? t('say.partly', { amount: money(sale.refunded_amount, sale.currency, till) }) : sale.description !== till.store_name ? sale.description ?? '' : '',
    actions: actionsOf(sale, tone),
    countdown: countdownOf(sale),
    wantsCode: sale.state === 'open' && sale.armed !== false && tone !== 'offline',
    paper: sale.receipt && sale.receipt !== 'none',
  };
}

function sentence(sale, tone, language) {
  if (tone === 'scan' && sale.armed === false) return language.t('say.elsewhere');
  const say = language.t(`say.${tone}`);
  const reason = lastPayment(sale)?.reason;
  if (!reason || !['declined', 'back', 'cancelled'].includes(tone)) return say;
  const key = language.has(`reason.${reason}`) ? `reason.${reason}` : 'reason.other';
  return language.t(key) + (language.tag === 'en' ? ' ' : '') + say;
}

function actionsOf(sale, tone) {
  if (ended.has(tone) || over(sale)) {
    return sale.receipt && sale.receipt !== 'none' ? ['new', 'reprint'] : ['new'];
  }
  if (inFlight(sale)) return ['check', 'stop'];
  return sale.armed === false ? ['new', 'cancel'] : ['cancel'];
}

function countdownOf(sale) {
  const payment = (sale.payments ?? []).find((p) => p.state === 'paying' || p.state === 'submitting');
  if (!payment?.deadline_at) return null;
  const from = Date.parse(payment.submitted_at ?? sale.created_at);
  const until = Date.parse(payment.deadline_at);
  return Number.isFinite(from) && until > from ? { from, until } : null;
}
