import type { CommandBody, SignedCommand } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { signCommand } from "@gatehouse/shared/sync/command.ts";
import type { Command } from "../../services/devices/dispatch-commands.ts";
import type { CommandKey } from "../ca/command-key.ts";
import type { EdgeConnection, EdgeTransport } from "../edge-transport.ts";
import type { LinkContext } from "../hub-context.ts";

export interface SendCommands {
  readonly context: LinkContext;
  readonly transport: EdgeTransport;
  readonly connection: EdgeConnection;
  readonly commandKey: Pick<CommandKey, "keyId" | "privateKey">;
  readonly greeting: { readonly linkNonce: string; readonly epoch: number };
}

/**
 * Signs a device's waiting commands for its present connection and sends each once. One that can't be sent is not kept
 * for later: it expires (SYNC-11). Rejects when the database can't be reached.
 */
export async function sendCommands(options: SendCommands): Promise<void> {
  const { context, transport, connection } = options;
  for (const command of await context.ledger.claimCommands(connection.deviceId)) {
    const signed = sign(command, options);
    await transport.send(connection, "down/commands", JSON.stringify(signed)).catch((error: unknown) => {
      const details = { lot: connection.lotId, command: command.id, err: error };
      context.log.warn(details, "A command was not sent; it expires.");
    });
  }
}

/** What is left of the command's life is told in cloud time, which is what the edge measures on its connection. */
function sign(command: Command, { context, commandKey, greeting }: SendCommands): SignedCommand {
  const leftMs = Math.max(0, command.not_after.getTime() - context.realClock.wall());
  const issuedAt = context.clock.wall();
  const body: CommandBody = {
    v: PROTOCOL_VERSION,
    id: command.id,
    device_id: command.device_id,
    epoch: greeting.epoch,
    lane_id: command.lane_id,
    action: "open",
    actor: command.actor,
    reason: command.reason,
    issued_at: issuedAt,
    not_after: issuedAt + leftMs,
    nonce: command.nonce,
    link_nonce: greeting.linkNonce,
  };
  return signCommand(body, commandKey.keyId, commandKey.privateKey);
}
