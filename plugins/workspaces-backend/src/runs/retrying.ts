import type { RunLease } from './RunLease';

type Methods<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown>
    ? K
    : never;
}[keyof T];

/**
 * The same service, whose named methods are called again where a database that answers a
 * moment later may help. They must be safe to repeat.
 */
export function retrying<T extends object>(
  service: T,
  methods: Methods<T>[],
  lease: Pick<RunLease, 'retried'>,
): T {
  return new Proxy(service, {
    get: (target, name) => {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return methods.includes(name as Methods<T>)
        ? (...args: unknown[]) =>
            lease.retried(() => member.apply(target, args))
        : member.bind(target);
    },
  });
}
