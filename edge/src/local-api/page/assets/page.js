/** Follows the lanes: the agent sends the changing part of each card as it would be in the page itself. */
function follow() {
  if (!document.querySelector("[data-live]")) return;
  const link = document.getElementById("link");
  const source = new EventSource("/technician/events");
  source.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    link.textContent = frame.link_text;
    link.className = `link ${frame.link}`;
    for (const [code, text] of Object.entries(frame.lanes)) {
      const part = document.getElementById(`live-${code}`);
      if (part && part.dataset.shown !== text) {
        part.innerHTML = text;
        part.dataset.shown = text;
      }
    }
  };
  source.addEventListener("ended", () => location.reload());
  source.onerror = () => {
    link.textContent = "No connection to the lot's computer; what is shown may be old.";
    link.className = "link lost";
  };
}

/** Sends an order without leaving the page, and says what came of it. */
async function send(event) {
  event.preventDefault();
  const form = event.target;
  const said = document.getElementById("said");
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body,
      headers: { accept: "application/json" },
    });
    if (response.status === 401 || response.status === 403) return void location.reload();
    const { ok, message } = await response.json();
    said.textContent = message;
    said.className = ok ? "said" : "said refused";
    if (ok) form.reset();
  } catch {
    said.textContent = "The lot's computer did not answer. Look at the lane before you try again.";
    said.className = "said refused";
  } finally {
    for (const button of buttons) button.disabled = false;
    event.submitter.focus();
  }
}

for (const form of document.querySelectorAll("form.orders")) form.addEventListener("submit", send);

/** A picture is asked for while it is looked at, and no longer. */
for (const picture of document.querySelectorAll("details.picture")) {
  picture.addEventListener("toggle", () => {
    const image = picture.querySelector("img[data-src]");
    if (picture.open) image.src = image.dataset.src;
    else image.removeAttribute("src");
  });
}

follow();
