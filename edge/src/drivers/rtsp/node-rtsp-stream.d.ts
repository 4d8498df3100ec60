/** The part of node-rtsp-stream 0.0.9 that is used; the package brings no types. */
declare module "node-rtsp-stream" {
  import type { ChildProcess } from "node:child_process";
  import type { Server } from "node:net";

  interface Viewer {
    readonly bufferedAmount: number;
    terminate(): void;
  }

  class VideoStream {
    /** `wsPort` goes to `net.Server.listen`, which takes the path of a local socket there as well. */
    constructor(options: {
      name: string;
      streamUrl: string;
      wsPort: number | string;
      ffmpegPath: string;
      ffmpegOptions: Readonly<Record<string, string | number>>;
    });
    readonly stream: ChildProcess;
    readonly wsServer: {
      readonly clients: ReadonlySet<Viewer>;
      on(event: "listening", listener: () => void): void;
      readonly _server: Server;
    };
  }

  export = VideoStream;
}
