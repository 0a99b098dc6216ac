// Everything works without this file. With it lists are filtered while somebody
// types, opened details stay open, and what cannot be taken back is asked again.
'use strict';

// Filtering: the same request that the form would send, without leaving the page.
for (const form of document.querySelectorAll('form[data-live]')) {
  let timer, last = 0;
  const show = async (asked) => {
    const mine = ++last;
    const url = new URL(form.action);
    for (const [key, value] of new FormData(form)) if (value) url.searchParams.set(key, value);
    const answer = await fetch(url, {credentials: 'same-origin', redirect: 'error'}).catch(() => null);
    if (mine !== last) return;
    if (!answer || !answer.ok) { if (asked) location.assign(url); return; }
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById(form.dataset.live);
    if (!fresh || mine !== last) return;
    document.getElementById(form.dataset.live).replaceChildren(...fresh.childNodes);
    history.replaceState(null, '', url);
    reopen();
  };
  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(show, 180, false); });
  form.addEventListener('submit', (event) => { event.preventDefault(); clearTimeout(timer); show(true); });
}

// Details that were opened are opened again, for as long as the window lives.
const key = 'open ' + location.pathname;
const opened = () => new Set((sessionStorage.getItem(key) || '').split(' ').filter(Boolean));
const reopen = () => { for (const id of opened()) { const d = document.getElementById(id); if (d) d.open = true; } };
document.addEventListener('toggle', (event) => {
  if (event.target.tagName !== 'DETAILS' || !event.target.id) return;
  const set = opened();
  if (event.target.open) set.add(event.target.id); else set.delete(event.target.id);
  sessionStorage.setItem(key, [...set].join(' '));
}, true);
reopen();

document.addEventListener('submit', (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// "/" goes to the search box, as on GitHub.
document.addEventListener('keydown', (event) => {
  const find = document.getElementById('find');
  if (event.key !== '/' || !find || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
  event.preventDefault();
  find.focus();
});

// What is to be copied is chosen as a whole.
for (const field of document.querySelectorAll('input[readonly]')) field.addEventListener('focus', () => field.select());
