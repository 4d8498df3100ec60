import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import { charactersMs, silenceMs } from "../drivers/modbus/serial-line.ts";

/** Characters of a request that reads inputs or writes one output. */
const REQUEST_CHARACTERS = 8;
/** Characters of an answer around its data: address, function, length, checksum. */
const ANSWER_FRAME_CHARACTERS = 5;

/**
 * Longest time that a round over the inputs of all boards of an RS-485 bus takes, with one output switched in between, in
 * ms. Boards that are not there come on top.
 */
export function busRoundMs(boards: readonly RelayBoardProfile[], baud: number): number {
  const silences = 2 * silenceMs(baud);
  const reads = boards.map((board) => {
    const data = Math.ceil((board.inputs?.count ?? 1) / 8);
    return charactersMs(REQUEST_CHARACTERS + ANSWER_FRAME_CHARACTERS + data, baud) + typicalAnswerMs(board) + silences;
  });
  const write = charactersMs(2 * REQUEST_CHARACTERS, baud) + silences;
  return Math.ceil(reads.reduce((sum, ms) => sum + ms, write));
}

/** Boards answer within a part of the time that they may take; half of it is seldom passed. */
function typicalAnswerMs({ answer_ms }: RelayBoardProfile): number {
  return answer_ms / 2;
}
