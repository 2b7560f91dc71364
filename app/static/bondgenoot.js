/* Light behaviour on top of pages that the server makes. Every page works without this file, except choosing a row of another
   table while typing (select2), the calendar and the questions before risky buttons. */
(function () {
  'use strict';
  var $ = window.jQuery, d = document, texts = JSON.parse(d.body.dataset.texts || '{}');
  function all(selector, root) { return Array.prototype.slice.call((root || d).querySelectorAll(selector)); }
  function on(event, selector, act) { d.addEventListener(event, function (e) { var t = e.target.closest && e.target.closest(selector); if (t) act(e, t); }); }
  function say(text) { var live = d.getElementById('bn-live'); if (live) live.textContent = text; }
  d.documentElement.classList.add('bn-js');

  /* The menu is a drawer on phones */
  var body = d.body, burger = d.querySelector('[data-drawer]'), side = d.getElementById('menu');
  function drawer(open) {
    body.classList.toggle('bn-drawer', open);
    burger.setAttribute('aria-expanded', open);
    all('.bn-main').forEach(function (main) { main.inert = open; });
    (open ? side.querySelector('button, a') : burger).focus();
  }
  if (burger && side) {
    burger.addEventListener('click', function () { drawer(!body.classList.contains('bn-drawer')); });
    on('click', '[data-drawer-close]', function () { drawer(false); });
    d.addEventListener('click', function (e) { if (body.classList.contains('bn-drawer') && !side.contains(e.target) && !burger.contains(e.target)) drawer(false); });
  }

  /* Groups of the menu remember whether they were open */
  all('.bn-nav details').forEach(function (group) {
    var key = 'bn-groep-' + group.dataset.group;
    try { if (!group.open && localStorage.getItem(key) === '1') group.open = true; } catch (e) { return; }
    group.querySelector('summary').addEventListener('click', function () { localStorage.setItem(key, group.open ? '0' : '1'); });
  });

  /* Menus are <details>: Escape and a click elsewhere close them */
  d.addEventListener('click', function (e) {
    all('details.bn-menu[open]').forEach(function (menu) { if (!menu.contains(e.target) && !e.target.closest('.select2-container, .datepicker, dialog')) menu.open = false; });
  });
  d.addEventListener('keydown', function (e) {
    if (e.key === 'Escape') {
      all('details.bn-menu[open]').forEach(function (menu) { menu.open = false; menu.querySelector('summary').focus(); });
      if (body.classList.contains('bn-drawer')) drawer(false);
    }
    if (e.key === '/' && !e.target.closest('input, textarea, select, [contenteditable]')) {
      var find = d.getElementById('bn-find');
      if (find) { e.preventDefault(); find.focus(); }
    }
  });
  on('click', '[data-dismiss-parent]', function (e, button) { button.parentNode.remove(); });

  /* One dialog asks before every button with data-confirm */
  var dialog = d.getElementById('bn-confirm'), pending = null;
  on('click', '[data-confirm]', function (e, button) {
    if (button === pending) { pending = null; return; }
    e.preventDefault();
    var number = d.querySelector('[data-bulk-n]'), bulk = button.closest('.bn-bulk');
    d.getElementById('bn-confirm-t').textContent = button.dataset.confirmTitle || (bulk ? button.textContent.trim() + ' (' + number.textContent + ')?' : texts.sure);
    d.getElementById('bn-confirm-b').textContent = button.dataset.confirm;
    d.getElementById('bn-confirm-ok').textContent = button.dataset.confirmOk || texts.go_on;
    dialog.returnValue = '';
    dialog.onclose = function () { if (dialog.returnValue === 'ja') { pending = button; button.click(); } else button.focus(); };
    dialog.showModal();
  });

  /* A second click on a button that posts does nothing */
  d.addEventListener('submit', function (e) {
    var form = e.target;
    if (form.method !== 'post' || form.method === 'dialog') return;
    if (form.dataset.sent === '1') { e.preventDefault(); return; }
    form.dataset.sent = '1';
    setTimeout(function () { form.dataset.sent = ''; }, 8000);
  });

  /* The bulk bar */
  all('form[data-bulk]').forEach(function (form) {
    var bar = form.querySelector('.bn-bulk'), head = form.querySelector('.action_check_all'), every = form.querySelector('[data-bulk-all]');
    if (!bar) return;
    function boxes() { return all('.action_check', form); }
    function show() {
      var chosen = boxes().filter(function (box) { box.closest('tr').classList.toggle('bn-row-on', box.checked); return box.checked; }).length;
      if (every && chosen < boxes().length) every.checked = false;
      var number = every && every.checked ? every.dataset.bulkAll : chosen;
      bar.hidden = chosen === 0;
      bar.querySelector('[data-bulk-n]').textContent = number;
      if (head) { head.checked = chosen > 0 && chosen === boxes().length; head.indeterminate = chosen > 0 && chosen < boxes().length; }
      say(chosen ? number + ' ' + texts.chosen : '');
    }
    form.addEventListener('change', function (e) {
      if (e.target === head || e.target === every) boxes().forEach(function (box) { box.checked = e.target.checked; });
      if (e.target.matches('.action_check, .action_check_all, [data-bulk-all]')) show();
    });
    on('click', '[data-bulk-none]', function () { boxes().forEach(function (box) { box.checked = false; }); show(); });
    show();
  });

  /* Filters: empty fields stay out of the address; a choice filters at once */
  all('.bn-fltform').forEach(function (form) {
    form.addEventListener('submit', function () { Array.prototype.forEach.call(form.elements, function (field) { if (field.name && !field.value.trim()) field.disabled = true; }); });
  });
  on('change', '[data-op]', function (e, select) { var field = select.parentNode.querySelector('[data-val] [name]'); if (field) field.name = select.value; });
  var heads = d.getElementById('flt');
  function atOnce(field) { if (field.closest('.bn-colflt')) heads.requestSubmit(); }
  if (heads) {
    on('change', '[data-autosubmit]', function (e, field) { atOnce(field); });
    on('keydown', '.bn-colflt input', function (e, field) {
      if (e.key === 'Enter') { e.preventDefault(); heads.requestSubmit(); }
      if (e.key === 'Escape' && field.value) { field.value = ''; heads.requestSubmit(); }
    });
  }

  /* Tabs are links to parts of the page; without script all parts are simply shown. Who comes back finds the tab that he left */
  all('[data-tabs]').forEach(function (box) {
    var tabs = all('[role=tab]', box), panels = tabs.map(function (tab) { return d.getElementById(tab.hash.slice(1)); });
    function pick(index, focus) {
      tabs.forEach(function (tab, k) { tab.setAttribute('aria-selected', k === index); tab.tabIndex = k === index ? 0 : -1; tab.setAttribute('aria-controls', panels[k].id); panels[k].hidden = k !== index; });
      if (focus) tabs[index].focus();
    }
    tabs.forEach(function (tab, i) {
      tab.addEventListener('click', function (e) { e.preventDefault(); history.replaceState(null, '', tab.hash); keep(tab.hash); pick(i); });
      tab.addEventListener('keydown', function (e) { var step = { ArrowRight: 1, ArrowLeft: -1 }[e.key]; if (step) { e.preventDefault(); pick((i + step + tabs.length) % tabs.length, true); } });
    });
    var key = 'bn-tab-' + location.pathname, kept = null;
    function keep(hash) { try { sessionStorage.setItem(key, hash); } catch (e) { return; } }
    try { kept = sessionStorage.getItem(key); } catch (e) { kept = null; }
    function byAddress() {
      var wanted = location.hash || kept;
      if (location.hash) keep(location.hash);
      pick(Math.max(0, tabs.findIndex(function (tab) { return tab.hash === wanted; })));
    }
    window.addEventListener('hashchange', byAddress);
    byAddress();
  });

  /* Forms: say that work is not saved, warn before leaving, go to the refusals */
  all('[data-dirty-form]').forEach(function (form) {
    var dirty = false, note = form.querySelector('[data-dirty]');
    function touch() { if (!dirty) { dirty = true; if (note) note.textContent = texts.unsaved; } }
    form.addEventListener('input', touch);
    form.addEventListener('change', touch);
    form.addEventListener('submit', function () { dirty = false; });
    window.addEventListener('beforeunload', function (e) { if (dirty) e.preventDefault(); });
  });
  var errors = d.getElementById('bn-errors');
  if (errors) errors.focus();
  on('click', '.bn-errors a', function (e, link) { var field = d.getElementById(link.hash.slice(1)); if (field) { e.preventDefault(); field.focus(); field.scrollIntoView({ block: 'center' }); } });

  /* Background work: ask every two seconds while the page is seen, say it at each quarter */
  all('[data-progress-url]').forEach(function (box) {
    var bar = box.querySelector('progress'), text = box.querySelector('[data-progress-text]'), said = 0;
    var timer = setInterval(function () {
      if (d.hidden) return;
      fetch(box.dataset.progressUrl, { credentials: 'same-origin', headers: { Accept: 'application/json', 'X-Environment': d.body.dataset.env || '' } }).then(function (answer) { return answer.json(); }).then(function (now) {
        bar.max = now.total || 1; bar.value = now.done;
        if (text && now.text) text.textContent = now.text;
        var quarter = now.total ? Math.floor(4 * now.done / now.total) : 0;
        if (quarter > said) { said = quarter; say(now.text); }
        if (now.ended) { clearInterval(timer); location.reload(); }
      }).catch(function () { clearInterval(timer); });
    }, 2000);
  });

  /* Fields that hang on a choice elsewhere in the form: hidden, and not sent, while they do not apply */
  function settle(form) {
    var parts = all('[data-when]', form);
    parts.concat(parts).forEach(function (part) {
      var other = form.elements[part.dataset.when], value = other && (other.type === 'checkbox' ? (other.checked ? 'y' : 'n') : other.value);
      var shown = !other || (!other.disabled && part.dataset.whenIs.split(' ').indexOf(value) >= 0);
      part.hidden = !shown;
      all('input, select, textarea', part).forEach(function (field) { field.disabled = !shown; });
    });
  }
  all('form').filter(function (form) { return form.querySelector('[data-when]'); }).forEach(function (form) {
    form.addEventListener('change', function () { settle(form); });
    settle(form);
  });

  /* Tables to fill in: one more row */
  all('[data-row-more]').forEach(function (button) { button.hidden = false; });
  on('click', '[data-row-more]', function (e, button) {
    var box = button.closest('[data-rows]'), body = box.querySelector('tbody'), number = 1 + body.rows.length;
    while (box.querySelector('[name^="' + box.dataset.rows + '-' + number + '-"]')) number += 1;
    var holder = d.createElement('tbody');
    holder.innerHTML = box.querySelector('template').innerHTML.replace(/__nr__/g, number);
    var row = body.appendChild(holder.querySelector('tr'));
    if ($ && $.fn.datepicker) $(row).find('.bn-date').datepicker(calendar);
    row.querySelector('input, select').focus();
  });

  /* The Dutch calendar */
  var calendar = { language: 'nl', format: 'dd-mm-yyyy', autoclose: true, todayHighlight: true, forceParse: false, keyboardNavigation: false, orientation: 'bottom' };
  if ($ && $.fn.datepicker) {
    $.fn.datepicker.dates.nl = { days: ['zondag', 'maandag', 'dinsdag', 'woensdag', 'donderdag', 'vrijdag', 'zaterdag'], daysShort: ['zo', 'ma', 'di', 'wo', 'do', 'vr', 'za'], daysMin: ['zo', 'ma', 'di', 'wo', 'do', 'vr', 'za'], months: ['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september', 'oktober', 'november', 'december'], monthsShort: ['jan', 'feb', 'mrt', 'apr', 'mei', 'jun', 'jul', 'aug', 'sep', 'okt', 'nov', 'dec'], today: 'Vandaag', monthsTitle: 'Maanden', clear: 'Wissen', weekStart: 1, format: 'dd-mm-yyyy' };
    $('.bn-date').datepicker(calendar);
  }

  /* Tables with two sides: their sums and the difference, while typing */
  all('[data-rows]').filter(function (box) { return box.querySelector('[data-side]'); }).forEach(function (box) {
    var shown = d.createElement('p');
    shown.className = 'bn-balance'; shown.setAttribute('role', 'status');
    box.appendChild(shown);
    function cents(text) { var found = /^(-?)(?:(\d{1,3}(?:\.\d{3})+|\d+))?(?:[,.](\d{1,2}))?$/.exec(text.replace(/[\s€]/g, '')); return found ? (found[1] ? -1 : 1) * (Number((found[2] || '0').replace(/\./g, '')) * 100 + Number(((found[3] || '') + '00').slice(0, 2))) : 0; }
    function euros(number) { return '€ ' + (number / 100).toLocaleString('nl-NL', { minimumFractionDigits: 2, maximumFractionDigits: 2 }); }
    function count() {
      var sums = { '+': 0, '-': 0 };
      all('tbody [data-side]', box).forEach(function (field) { sums[field.dataset.side] += cents(field.value); });
      var parts = [sums['+'], sums['-'], sums['+'] - sums['-']];
      shown.textContent = texts.balance.replace(/\{(\d)\}/g, function (all, place) { return euros(parts[place]); });
      shown.classList.toggle('bn-bad-text', parts[2] !== 0);
    }
    box.addEventListener('input', count);
    count();
  });

  /* Rows of other tables: asked from the server while typing */
  if ($ && $.fn.select2) {
    var remote = function () {
      var field = this, least = Number(field.dataset.minimum);
      $(field).select2({
        width: '100%', allowClear: !field.required || !!field.closest('.bn-colflt'), placeholder: field.closest('.bn-colflt') ? '' : texts.choose, minimumInputLength: least,
        ajax: { url: field.dataset.lookup, dataType: 'json', headers: { 'X-Environment': d.body.dataset.env || '' }, delay: 200, data: function (asked) { return { term: asked.term || '', page: asked.page || 1 }; } },
        language: { noResults: function () { return texts.nothing; }, searching: function () { return texts.searching; }, loadingMore: function () { return texts.searching; }, inputTooShort: function () { return texts.more; }, errorLoading: function () { return texts.failed; }, removeAllItems: function () { return ''; } }
      }).on('change', function () { field.dispatchEvent(new Event('input', { bubbles: true })); if (field.dataset.autosubmit !== undefined) atOnce(field); });
      var shown = field.nextSibling && field.nextSibling.querySelector && field.nextSibling.querySelector('.select2-selection');
      if (shown && field.getAttribute('aria-label')) { shown.removeAttribute('aria-labelledby'); shown.setAttribute('aria-label', field.getAttribute('aria-label')); }
      if (shown && field.getAttribute('aria-describedby')) shown.setAttribute('aria-describedby', field.getAttribute('aria-describedby'));
    };
    $('select.bn-remote').each(remote);
    on('click', '[data-row-more]', function (e, button) { $(button.closest('[data-rows]')).find('tbody tr:last-child select.bn-remote').each(remote); });
    $(d).on('select2:open', function () { setTimeout(function () { var search = d.querySelector('.select2-container--open .select2-search__field'); if (search) search.focus(); }, 0); });
  }
})();
