import { useEffect, useState } from "react";
import type { SignedOutCause } from "./live/connection.ts";
import { SignIn } from "./session/sign-in.tsx";
import { forgetToken, keepToken, takeToken } from "./session/token.ts";
import { SignedInPage } from "./signed-in-page.tsx";

/** Signed out, or the page of one token. */
export function Page({ firstToken }: { readonly firstToken: string | null }) {
  const [token, setToken] = useState(firstToken);
  const [cause, setCause] = useState<SignedOutCause | null>(null);
  useEffect(() => {
    const takeNew = (): void => {
      if (location.hash.includes("token=")) setToken(takeToken());
    };
    window.addEventListener("hashchange", takeNew);
    return () => window.removeEventListener("hashchange", takeNew);
  }, []);
  if (token === null)
    return (
      <SignIn
        cause={cause}
        onToken={(given) => {
          keepToken(given);
          setToken(given);
        }}
      />
    );
  return (
    <SignedInPage
      key={token}
      token={token}
      onSignedOut={(why) => {
        forgetToken();
        setCause(why);
        setToken(null);
      }}
    />
  );
}
