import { html } from "hono/html";

export type Html = ReturnType<typeof html>;

export interface PageFrame {
  readonly title: string;
  readonly lot: string;
  /** Null before the login. */
  readonly formToken: string | null;
  /** The page that is shown, for the navigation. */
  readonly here: "lanes" | "journal" | "sign_in";
  readonly body: Html;
}

/** A whole page: nothing in it comes from another server, and it can be used without its script. */
export function page({ title, lot, formToken, here, body }: PageFrame): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${lot}</title>
<link rel="icon" href="/technician/icon.svg">
<link rel="stylesheet" href="/technician/style.css">
<script src="/technician/page.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="top">
  <div class="name"><strong>${lot}</strong><span>Technician</span></div>
  ${formToken === null ? "" : navigation(here, formToken)}
</header>
<main id="content">${body}</main>
</body>
</html>`;
}

function navigation(here: PageFrame["here"], formToken: string): Html {
  const link = (name: PageFrame["here"], href: string, text: string): Html =>
    here === name ? html`<a href="${href}" aria-current="page">${text}</a>` : html`<a href="${href}">${text}</a>`;
  return html`<nav aria-label="Pages">
    ${link("lanes", "/technician", "Lanes")}
    ${link("journal", "/technician/journal", "Journal")}
    <form method="post" action="/technician/sign-out">
      <input type="hidden" name="form_token" value="${formToken}">
      <button class="quiet">Log out</button>
    </form>
  </nav>`;
}
