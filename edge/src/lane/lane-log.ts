/** Where the lanes write what a technician should know; pino's logger fits. */
export interface LaneLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
