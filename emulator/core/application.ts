import type {
  ApplicationOptions,
  EmulatorRequest,
  Handler,
  Layer,
  PlatformServer,
  Reply,
  Route,
} from './wire.ts';

/** A platform as a function: what it answers, whoever carries request and reply. */
export type Application = (request: EmulatorRequest) => Promise<Reply>;

/** Puts a platform's routes behind its layers, control routes beside them, and the world's time into replies. */
export function application(platform: PlatformServer, options: ApplicationOptions): Application {
  const control = router(options.control ?? []);
  const routes = router(platform.routes);
  const last = platform.notFound ?? missing;
  const answer = async (request: EmulatorRequest): Promise<Reply> => {
    const own = control(request);
    if (own) return own(request);
    const route = async (): Promise<Reply> => (routes(request) ?? last)(request);
    return chain(platform.layers, request, route);
  };
  const { clock } = options;
  if (!clock) return answer;
  return async (request) => {
    const reply = await answer(request);
    return { ...reply, headers: { date: new Date(clock.nowMs()).toUTCString(), ...reply.headers } };
  };
}

function missing(): Reply {
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not found' };
}

function chain(layers: Layer[], request: EmulatorRequest, last: () => Promise<Reply>): Promise<Reply> {
  const run = (index: number): Promise<Reply> => {
    const layer = layers[index];
    return layer ? layer(request, () => run(index + 1)) : last();
  };
  return run(0);
}

type Finder = (request: EmulatorRequest) => Handler | undefined;

/** Finds the route of a request by method and path, and fills its params. */
function router(routes: Route[]): Finder {
  const compiled = routes.map((route) => ({ ...route, ...compile(route.pattern) }));
  return (request) => {
    for (const route of compiled) {
      if (route.method !== request.method) continue;
      const match = route.regex.exec(request.path);
      if (!match) continue;
      request.params = Object.fromEntries(route.names.map((name, index) => [name, match[index + 1] ?? '']));
      return route.handler;
    }
    return undefined;
  };
}

function compile(pattern: string): { regex: RegExp; names: string[] } {
  const names: string[] = [];
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:(\w+)/g, (_whole, name: string) => (names.push(name), '([^/]+)'));
  return { regex: new RegExp(`^${source}/?$`, 'i'), names };
}
