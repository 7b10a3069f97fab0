import Docker from 'dockerode';

/** Everything on the container engine that a portal under this instance label made. */
export interface Inventory {
  containers: string[];
  networks: string[];
  volumes: string[];
  images: string[];
}

/** The engine that the suites run on: `npm test` finds or starts it and names it in DOCKER_HOST. */
export function connectEngine(): Docker {
  return new Docker();
}

/** Lists what carries the instance label, optionally of one workspace only; names sorted. */
export async function inventory(
  docker: Docker,
  instance: string,
  workspace?: string,
): Promise<Inventory> {
  const filters = {
    label: [
      `slipway.dev/instance=${instance}`,
      ...(workspace ? [`slipway.dev/workspace=${workspace}`] : []),
    ],
  };
  const [containers, networks, volumes, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters: filters as never }),
    docker.listImages({ filters }),
  ]);
  return {
    containers: containers.map(container => container.Names[0].slice(1)).sort(),
    networks: networks.map(network => network.Name).sort(),
    volumes: (volumes.Volumes ?? []).map(volume => volume.Name).sort(),
    images: images.map(image => image.Id).sort(),
  };
}

/** Removes what the inventory lists: the tidying of a suite, whatever became of it. */
export async function removeAll(
  docker: Docker,
  instance: string,
): Promise<void> {
  const found = await inventory(docker, instance);
  await Promise.all(
    found.containers.map(name =>
      docker.getContainer(name).remove({ force: true, v: true }),
    ),
  );
  await Promise.all(
    found.networks.map(name => docker.getNetwork(name).remove()),
  );
  await Promise.all(found.volumes.map(name => docker.getVolume(name).remove()));
  await Promise.all(
    found.images.map(id => docker.getImage(id).remove({ force: true })),
  );
}
