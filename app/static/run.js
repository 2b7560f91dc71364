/* Mass invoicing: count again how many functions each contribution touches as soon as the season or the start date changes. */
(function (d) {
  'use strict';
  var form = d.querySelector('[data-run-form]');
  if (!form) return;
  function count() {
    var asked = new URLSearchParams();
    ['season', 'start_filter', 'start_date'].forEach(function (name) { var field = form.elements[name]; if (field) asked.set(name, field.value); });
    fetch(form.dataset.runForm + '?' + asked, { credentials: 'same-origin', headers: { Accept: 'application/json', 'X-Environment': document.body.dataset.env || '' } })
      .then(function (answer) { return answer.json(); })
      .then(function (found) { form.querySelectorAll('[data-touched]').forEach(function (place) { place.textContent = found[place.dataset.touched] || ''; }); })
      .catch(function () { /* the button counts without a script */ });
  }
  form.addEventListener('change', function (e) { if (/^(season|start_filter|start_date)$/.test(e.target.name)) count(); });
})(document);
