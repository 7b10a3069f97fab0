/** The types by which registries and builders know what a manifest or a blob is. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** What an artifact is that carries the bundle of a build. */
  bundle: 'application/vnd.slipway.bundle.v1',
  /** What an artifact is that only shows whether it can be pushed. */
  probe: 'application/vnd.slipway.probe.v1',
} as const;

/** A blob or manifest as another one names it. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
}

/** A manifest of one image or artifact, as far as it is read here. */
export interface Manifest {
  schemaVersion: 2;
  mediaType: string;
  artifactType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}

/** The configuration of an image, as far as it is read here. */
export interface ImageConfig {
  config?: { Labels?: Record<string, string> };
}
