import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    // The first versions with light-dark() and the Temporal-free Intl that the page needs.
    target: ["chrome123", "firefox121", "safari17.5"],
    // Everything comes as files of this server: its content security policy allows no inline data but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
