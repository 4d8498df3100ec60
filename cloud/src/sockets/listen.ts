import type { Server } from "node:net";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Whom the port is for, in words. */
  readonly purpose: string;
  /** The settings that choose host and port begin so, such as `GATEHOUSE_API`. */
  readonly setting: string;
}

/** Starts to listen and tells where. Throws `port_in_use`, `address_not_here` or `listen_failed`. */
export function listen(
  server: Server,
  where: ListenAddress,
): Promise<{ readonly host: string; readonly port: number }> {
  const { host, port } = where;
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(failure(error, where));
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      const address = server.address();
      if (address === null || typeof address === "string") reject(failure(undefined, where));
      else resolve({ host, port: address.port });
    });
  });
}

function failure(cause: unknown, { host, port, purpose, setting }: ListenAddress): GatehouseError {
  switch (errorCode(cause)) {
    case "EADDRINUSE":
      return new GatehouseError(
        "port_in_use",
        `Port ${port} for ${purpose} is taken. End what uses it, or set ${setting}_PORT.`,
        { cause },
      );
    case "EADDRNOTAVAIL":
      return new GatehouseError("address_not_here", `${host} is no address of this machine; set ${setting}_HOST.`, {
        cause,
      });
    default:
      return new GatehouseError("listen_failed", `The cloud can't listen on ${host}:${port} for ${purpose}.`, {
        cause,
      });
  }
}
