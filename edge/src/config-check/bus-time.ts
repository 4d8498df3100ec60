import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import type { ModbusBoard } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { POLL_MS } from "../drivers/modbus/modbus-bus.ts";
import { charactersMs, silenceMs } from "../drivers/modbus/serial-line.ts";

/** Characters of a request that reads inputs or writes one output. */
const REQUEST_CHARACTERS = 8;
/** Characters of an answer around its data: address, function, length, checksum. */
const ANSWER_FRAME_CHARACTERS = 5;

/** How fast a line of boards is, all in ms. Boards that are not there, and answers that are missed, come on top. */
export interface LineTimes {
  /** Between two readings of one board's inputs. */
  readonly readMs: number;
  /** The same with one output switched in between. */
  readonly roundMs: number;
  /** From the moment at which a board samples its inputs to the moment at which they are known. */
  readonly knownMs: number;
  /** From an order to have an output off to the moment at which its board does so; a reading that has begun ends before. */
  readonly orderMs: number;
}

/** How fast the boards of one line are when each takes as long for an answer as `answerMs` says. */
export function lineTimes(
  line: ModbusBoard,
  boards: readonly RelayBoardProfile[],
  answerMs: (board: RelayBoardProfile) => number,
): LineTimes {
  const wireMs = (characters: number): number =>
    line.driver === "modbus_rtu" ? charactersMs(characters, line.baud) : 0;
  const silence = line.driver === "modbus_rtu" ? silenceMs(line.baud) : 0;
  const requestMs = wireMs(REQUEST_CHARACTERS) + silence;
  const answers = boards.map((board) => {
    const data = Math.ceil((board.inputs?.count ?? 1) / 8);
    return answerMs(board) + wireMs(ANSWER_FRAME_CHARACTERS + data) + silence;
  });
  const slowestMs = Math.max(0, ...boards.map(answerMs));
  const reads = answers.reduce((sum, ms) => sum + ms + requestMs, 0);
  const writeMs = requestMs + slowestMs + wireMs(REQUEST_CHARACTERS) + silence;
  return {
    readMs: Math.ceil(Math.max(POLL_MS, reads)),
    roundMs: Math.ceil(Math.max(POLL_MS, reads + writeMs)),
    knownMs: Math.ceil(Math.max(0, ...answers)),
    orderMs: Math.ceil(requestMs + Math.max(0, ...answers) + requestMs + slowestMs),
  };
}

/** Boards answer within a part of the time that they may take; half of it is seldom passed. */
export function typicalAnswerMs({ answer_ms }: RelayBoardProfile): number {
  return answer_ms / 2;
}
