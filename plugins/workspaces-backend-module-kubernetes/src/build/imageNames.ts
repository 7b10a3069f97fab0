/**
 * An image name as people write it: without the default registry, with a tag where it has neither tag
 * nor digest.
 */
export function familiarImageName(image: string): string {
  const name = image
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\/(?=[^/]+$)/, '');
  const lastPart = name.slice(name.lastIndexOf('/') + 1);
  return /[:@]/.test(lastPart) ? name : `${name}:latest`;
}

/** The registry that an image name begins with. */
export function registryOf(image: string): string {
  const [first, ...rest] = image.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first)
    ? first
    : 'docker.io';
}

/**
 * Where the cache of layers of an app is kept. BuildKit pushes image and cache at the same time, and a registry may
 * lose a layer that is pushed into one repository twice at once.
 */
export function cacheRepository(imageRepository: string): string {
  return `${imageRepository}/cache`;
}
