import { useEffect, useEffectEvent, useMemo, useState, useSyncExternalStore } from "react";
import { checkToken } from "../api/check-token.ts";
import { type Services, useServices } from "../services.ts";
import type { Connection, SignedOutCause } from "./connection.ts";
import { LiveStore } from "./live-store.ts";
import { OperationsLink, type Socket } from "./operations-link.ts";
import type { LiveState } from "./state.ts";

/** How often a page that nobody sees takes in what arrived. */
const HIDDEN_FRAME_MS = 1_000;

interface Live {
  readonly state: LiveState;
  readonly connection: Connection;
}

/** The live state for one token, as long as the component lives. `onSignedOut` is called when the token is no good. */
export function useLive(token: string, onSignedOut: (cause: SignedOutCause) => void): Live {
  const services = useServices();
  const [connection, setConnection] = useState<Connection>({ kind: "connecting" });
  const store = useMemo(() => new LiveStore({ nextFrame: nextFrameOf(services) }), [services]);
  const onConnection = useEffectEvent((next: Connection) => {
    setConnection(next);
    if (next.kind === "signed_out" && next.cause) onSignedOut(next.cause);
  });
  useEffect(() => {
    const link = new OperationsLink({
      ...services,
      openSocket: () => openSocket(token),
      checkToken: () => checkToken(token),
      onArrival: (arrival) => store.take(arrival),
      onConnection: (next) => onConnection(next),
    });
    link.start();
    const wake = (): void => {
      if (document.hidden) return;
      store.flush();
      link.wake();
    };
    document.addEventListener("visibilitychange", wake);
    window.addEventListener("online", wake);
    return () => {
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
      link.stop();
    };
  }, [services, store, token]);
  return { state: useSyncExternalStore(store.subscribe, store.state), connection };
}

function openSocket(token: string): Socket {
  const url = new URL("/api/v1/real-time/operations", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, ["gatehouse.v1", `bearer.${token}`]);
  return {
    listen: ({ onMessage, onClose }) => {
      socket.addEventListener("message", ({ data }) => onMessage(data));
      socket.addEventListener("close", onClose);
    },
    close: () => socket.close(),
  };
}

function nextFrameOf({ clock }: Services): (fire: () => void) => void {
  return (fire) => {
    if (document.hidden) clock.after(HIDDEN_FRAME_MS, fire);
    else requestAnimationFrame(fire);
  };
}
