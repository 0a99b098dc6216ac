// Pages work without this file. With it, a list is filtered while one types, a
// question stands before what is dangerous, and details stay as they were left.
"use strict";

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

for (const input of document.querySelectorAll("input[data-filter]")) {
  const table = document.querySelector(input.dataset.filter);
  if (!table) continue;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of table.tBodies[0].rows) {
      row.hidden = wanted !== "" && !row.cells[0].textContent.toLowerCase().includes(wanted);
    }
  });
}
