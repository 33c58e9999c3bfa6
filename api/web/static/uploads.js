// A file that is being sent shows how far it is; the page of an upload that is being processed turns into its receipt.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-upload]")) return;
  event.preventDefault();
  send(form);
});

function send(form) {
  const field = form.querySelector("[type=file]");
  const problem = form.querySelector("[data-problem]");
  const again = (words) => {
    problem.textContent = words;
    delete form.dataset.sent;
    form.querySelector("[data-sending]").hidden = true;
    form.querySelector("button").disabled = false;
  };
  problem.textContent = "";
  if (field.files[0].size > field.dataset.limit * 1e6) return again(problem.dataset.tooLarge);
  form.querySelector("[data-sending]").hidden = false;
  form.querySelector("button").disabled = true;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    const share = Math.round((100 * event.loaded) / event.total);
    form.querySelector("progress").value = share;
    form.querySelector("[data-share]").textContent = `${share} %`;
  });
  request.addEventListener("error", () => again(problem.dataset.broken));
  request.addEventListener("load", () => {
    if (request.status < 400) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    again(page.querySelector("[role=alert]")?.textContent ?? problem.dataset.broken);
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

async function look() {
  if (!document.querySelector("[data-waiting]")) return;
  try {
    const answer = await fetch(location.href);
    if (answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && !page.querySelector("[data-waiting]")) {
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.querySelector("h1").focus();
      return;
    }
  } catch {
    // the server is out of reach for the moment: look again later
  }
  setTimeout(look, 1500);
}

setTimeout(look, 800);
