import { Socket } from "node:net";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { field, type ModbusClient, openModbusLine } from "./library-line.ts";
import type { ModbusLine } from "./modbus-line.ts";

/** What a board in the same network may take for its answer beside its own time, ms. */
const NETWORK_MS = 150;

export interface TcpLineOptions {
  readonly host: string;
  readonly port: number;
  /** Longest time that a board takes for its answer, ms. */
  readonly answerMs: number;
  readonly clock: Clock;
}

/** A connection to a board or a gateway on Modbus TCP. The library behind it is loaded on the first use. */
export function tcpLine({ host, port, answerMs, clock }: TcpLineOptions): ModbusLine {
  return openModbusLine({
    name: `${host}:${port}`,
    clock,
    timeoutMs: answerMs + NETWORK_MS,
    silenceMs: 0,
    settleMs: 0,
    connect: (client) => client.connectTCP(host, { port }),
    cut,
    cantOpen: `Nothing answers at ${host}:${port}. Check the board's power, cable and address (ping ${host}), and that Modbus TCP is switched on in its settings`,
  });
}

/**
 * Ends the connection by a reset. An ordinary end leaves to the kernel what the board has not acknowledged, which it sends
 * again for minutes: a pulse that was given before the cable was pulled would move the arm when it is plugged in (SAFE-16).
 */
function cut(client: ModbusClient): void {
  const socket = field(field(client, "_port"), "_client");
  if (socket instanceof Socket && !socket.connecting && !socket.destroyed) socket.resetAndDestroy();
}
