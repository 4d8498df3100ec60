import type { Server } from "node:net";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Whom the port is for, in words. */
  readonly purpose: string;
}

/** Starts to listen and tells where. Throws `port_in_use` or `listen_failed`. */
export function listen(
  server: Server,
  { host, port, purpose }: ListenAddress,
): Promise<{ readonly host: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(failure(error, `${host}:${port}`, purpose));
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      const address = server.address();
      if (address === null || typeof address === "string") reject(failure(undefined, `${host}:${port}`, purpose));
      else resolve({ host, port: address.port });
    });
  });
}

function failure(cause: unknown, address: string, purpose: string): GatehouseError {
  if (errorCode(cause) === "EADDRINUSE")
    return new GatehouseError(
      "port_in_use",
      `The port for ${purpose}, ${address}, is taken by another program. Stop that program or choose another port.`,
      { cause },
    );
  return new GatehouseError("listen_failed", `The hub can't listen on ${address} for ${purpose}.`, { cause });
}
