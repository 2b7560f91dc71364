/* Keys of bank reconciliation: up and down for another line, 1 to 9 for a proposal, Enter to agree. Only outside text fields. */
(function (d) {
  'use strict';
  var bank = d.querySelector('[data-bank]');
  if (!bank) return;
  var form = d.querySelector('[data-bank-form]'), other = d.querySelector('[data-bank-other]');
  function go(step) {
    var lines = Array.prototype.slice.call(bank.querySelectorAll('[data-bank-line]'));
    var at = lines.findIndex(function (line) { return line.hasAttribute('aria-current'); });
    var next = lines[at + step];
    if (next) d.location.assign(next.href);
  }
  d.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest('input:not([type=radio]), textarea, select, button, summary, .select2-container')) return;
    if (e.key === 'ArrowDown') { e.preventDefault(); go(1); }
    if (e.key === 'ArrowUp') { e.preventDefault(); go(-1); }
    if (!form) return;
    if (/^[1-9]$/.test(e.key)) {
      var choice = form.querySelectorAll('input[name=keuze]')[Number(e.key) - 1];
      if (choice) { choice.checked = true; choice.dispatchEvent(new Event('change', { bubbles: true })); }
    }
    if (e.key === 'Enter' && !e.target.closest('a')) { e.preventDefault(); form.requestSubmit(); }
  });
  if (form) form.addEventListener('change', function (e) {
    if (e.target.name === 'keuze' && e.target.value === 'elders' && other) other.open = true;
  });
  function elsewhere(e) {
    var choice = form.querySelector('input[name=keuze][value=elders]');
    if (choice && e.target.value && !choice.checked) choice.checked = true;
  }
  if (other) { other.addEventListener('input', elsewhere); other.addEventListener('change', elsewhere); }
  var here = bank.querySelector('[data-bank-line][aria-current]');
  if (here && window.matchMedia('(min-width: 901px)').matches) here.scrollIntoView({ block: 'nearest' });
})(document);
