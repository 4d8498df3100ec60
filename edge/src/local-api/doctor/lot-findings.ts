import { toIso, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { AgentView } from "../agent-view.ts";
import type { AgentStatus, Finding } from "../contract.ts";
import { fine } from "./fine.ts";

const DISK_LOW_BYTES = 512 * 1_048_576;
const REPLICA_OLD_MS = 24 * HOUR_MS;
const BACKLOG_OLD_MS = 15 * MINUTE_MS;
const CERTIFICATE_SOON_MS = 30 * DAY_MS;

/** The link by its state; an edge that was never enrolled has none to lose. */
export function linkFinding({ link }: AgentStatus, view: AgentView): Finding {
  if (link.state === "online") return fine("link", "The cloud is reached.");
  if (view.certificateEndsAt() === null) {
    const advice = "Enrol this edge. Until then the gates work alone and keep what happens.";
    return { id: "link", level: "warning", message: link.detail, advice };
  }
  const advice = {
    cloud_down: "The network works, the cloud does not answer. The gates go on alone; nothing to do at the lot.",
    network_down: "Check the router and the cable. The gates go on alone and send what happened when the link is back.",
    gateway_down: "Payments by card can't be settled now; the lane's offline payment limits hold.",
    degraded: "The link is slow or loses data; look at the router.",
  }[link.state];
  return { id: "link", level: "warning", message: `Link ${link.state}: ${link.detail}`, advice };
}

/** Events that wait for the cloud: a warning once the oldest is older than a short outage. */
export function backlogFinding({ outbox, clock }: AgentStatus): Finding {
  const age = outbox.oldest_pending_at === null ? 0 : clock.at - outbox.oldest_pending_at;
  if (age < BACKLOG_OLD_MS) return fine("outbox", `${outbox.pending} events wait for the cloud.`);
  return {
    id: "outbox",
    level: "warning",
    message: `${outbox.pending} events wait for the cloud, the oldest since ${minutes(age)} minutes.`,
    advice: "They are safe on this disk. Restore the link; don't wipe or replace the card before they are sent.",
  };
}

/** How old permits, tariffs and policy are; a clock that is behind makes no age. */
export function replicaFinding({ replica, clock, link }: AgentStatus): Finding {
  if (replica.version === 0) {
    return {
      id: "replica",
      level: "warning",
      message: "This edge has never received permits, tariffs and lot policy.",
      advice: "Connect it to the cloud once; until then the lanes follow their fail policy.",
    };
  }
  const age = replica.confirmed_at === null ? null : clock.at - replica.confirmed_at;
  if (age !== null && age < 0 && link.state !== "online") {
    return {
      id: "replica",
      level: "warning",
      message: `Version ${replica.version}; how old it is can't be told by a wall clock that is behind.`,
      advice: "Set the clock or restore the link.",
    };
  }
  if (age !== null && age < REPLICA_OLD_MS)
    return fine("replica", `Version ${replica.version}, ${replica.items} items.`);
  return {
    id: "replica",
    level: "warning",
    message: `Version ${replica.version} has not been confirmed ${age === null ? "since this edge was restored" : `for ${minutes(age)} minutes`}.`,
    advice: "Changes of permits and prices since then are not known here. Restore the link.",
  };
}

/** The wall clock: a fault when it is earlier than what the store has seen, without a server that says so. */
export function clockFinding({ clock, replica, outbox }: AgentStatus): Finding {
  const seen = Math.max(replica.confirmed_at ?? 0, outbox.oldest_pending_at ?? 0);
  if (clock.at < seen && clock.quality !== "synced") {
    return {
      id: "clock",
      level: "fault",
      message: `The wall clock reads ${toIso(wallMs(clock.at))}, earlier than what is in the store (${toIso(wallMs(seen))}).`,
      advice:
        "Set it, or let it reach its time server. The gates go on and count time from the last good one; stays of now are marked, look at their fees.",
    };
  }
  if (clock.quality === "synced") return fine("clock", "The wall clock agrees with the cloud.");
  return {
    id: "clock",
    level: "warning",
    message: `The wall clock's quality is "${clock.quality}".`,
    advice:
      "Check the time server or the battery of the clock. Safety and order don't depend on it; fees may need a look.",
  };
}

/** Whether the store takes changes, by its last flushes. */
export function storeFinding(view: AgentView): Finding {
  const { ok, message } = view.storeHealth();
  if (ok) return fine("store", "The store takes changes.");
  return {
    id: "store",
    level: "fault",
    message: message ?? "The store takes no changes.",
    advice: "Until it does, entries stay closed and exits open by the lot's fail policy; what may be owed is kept.",
  };
}

/** Room on the store's disk, in MiB. */
export function diskFinding({ disk }: AgentStatus): Finding {
  if (disk.free_bytes >= DISK_LOW_BYTES) return fine("disk", `${megabytes(disk.free_bytes)} MB free.`);
  return {
    id: "disk",
    level: "fault",
    message: `Only ${megabytes(disk.free_bytes)} MB free on the disk of the store.`,
    advice: "Free space on this disk (old logs first). When it is full, entries stay closed and exits open by policy.",
  };
}

const SHARE_ADVICE =
  "Restore the link: what the cloud has confirmed is deleted when its time is over. Or give the store more with GATEHOUSE_STORE_SHARE, and free space for it.";

/** How the store fills its share of the disk (SYNC-14). */
export function shareFinding({ store_share: share }: AgentStatus): Finding {
  const filled = `The store has filled ${megabytes(share.used_bytes)} of the ${megabytes(share.room_bytes ?? 0)} MB that it may take.`;
  switch (share.level) {
    case "refuse_entries":
      return {
        id: "store_share",
        level: "fault",
        message: `${filled} No new vehicle is let in; exits work.`,
        advice: SHARE_ADVICE,
      };
    case "shed":
      return {
        id: "store_share",
        level: "warning",
        message: `${filled} Telemetry is not kept, ${share.dropped_telemetry} so far; entries and exits work.`,
        advice: SHARE_ADVICE,
      };
    case "normal":
      if (share.impossible !== null)
        return { id: "store_share", level: "warning", message: share.impossible, advice: "Nothing is lost by it yet." };
      return fine("store_share", share.room_bytes === null ? "It was not measured yet." : filled);
    default:
      return assertNever(share.level);
  }
}

/** The device's certificate: a fault without one or after its end, a warning in its last month. */
export function certificateFinding(view: AgentView): Finding {
  const endsAt = view.certificateEndsAt();
  if (endsAt === null) {
    return {
      id: "certificate",
      level: "fault",
      message: "This edge is not enrolled.",
      advice: "Make an enrolment token in the cloud and start the agent with it.",
    };
  }
  const left = endsAt - view.clock.wall();
  if (left > CERTIFICATE_SOON_MS)
    return fine("certificate", `The certificate is valid until ${toIso(endsAt).slice(0, 10)}.`);
  return {
    id: "certificate",
    level: left > 0 ? "warning" : "fault",
    message: left > 0 ? `The certificate ends in ${Math.floor(left / DAY_MS)} days.` : "The certificate has ended.",
    advice: "Enrol this edge again with a new token.",
  };
}

const minutes = (ms: number): number => Math.round(ms / MINUTE_MS);
const megabytes = (bytes: number): number => Math.floor(bytes / 1_048_576);
