/**
 * The manifests of `deploy/` name what the code has: commands, options, variables, ports, paths, metrics. No cluster is asked.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { routes } from '../../src/contract/routes.ts';
import { readSettings } from '../../src/hub/settings.ts';
import { projectRoot } from '../house/imports.ts';

const EnvVar = z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() });
const Probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const Container = z.object({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  env: z.array(EnvVar),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).optional(),
  startupProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const Labels = z.record(z.string(), z.string());
const Metadata = z.object({ name: z.string(), labels: Labels.optional() });
const Set_ = z.object({
  kind: z.literal('StatefulSet'),
  metadata: Metadata,
  spec: z.object({
    serviceName: z.string(),
    selector: z.object({ matchLabels: Labels }),
    template: z.object({
      metadata: z.object({ labels: Labels }),
      spec: z.object({ terminationGracePeriodSeconds: z.number(), containers: z.array(Container).length(1) }),
    }),
    volumeClaimTemplates: z.array(z.object({ metadata: Metadata })),
  }),
});
const Service = z.object({
  kind: z.literal('Service'),
  metadata: Metadata,
  spec: z.object({
    selector: Labels,
    ports: z.array(z.object({ port: z.number(), targetPort: z.string() })).optional(),
  }),
});
const Budget = z.object({
  kind: z.literal('PodDisruptionBudget'),
  metadata: Metadata,
  spec: z.object({ maxUnavailable: z.number(), selector: z.object({ matchLabels: Labels }) }),
});
const Scaled = z.object({
  kind: z.literal('ScaledObject'),
  metadata: Metadata,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicaCount: z.literal(0),
    maxReplicaCount: z.number(),
    triggers: z.array(
      z.object({
        type: z.literal('metrics-api'),
        metadata: z.object({
          url: z.url(),
          format: z.literal('prometheus'),
          valueLocation: z.string(),
          targetValue: z.string(),
          authMode: z.literal('bearer'),
        }),
        authenticationRef: z.object({ name: z.string() }),
      }),
    ),
  }),
});
const Trust = z.object({ kind: z.literal('TriggerAuthentication'), metadata: Metadata });
const Item = z.discriminatedUnion('kind', [Set_, Service, Budget, Scaled, Trust]);

const folder = join(projectRoot, 'deploy/kubernetes');
const items = readdirSync(folder).flatMap(
  (name) => z.object({ items: z.array(Item) }).parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))).items,
);
const sets = items.filter((item) => item.kind === 'StatefulSet');
const commands = readdirSync(join(projectRoot, 'src/cli/commands'))
  .map((name) => readFileSync(join(projectRoot, 'src/cli/commands', name), 'utf8'))
  .join('\n');
const source = ['src', 'bin'].flatMap((root) =>
  readdirSync(join(projectRoot, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test)\.(ts|js)$/.test(name))
    .map((name) => readFileSync(join(projectRoot, root, name), 'utf8')),
);
const metrics = readFileSync(join(projectRoot, 'docs/metrics.md'), 'utf8');

/** A command line that `vidette` takes, as far as words go. */
function checkCommand([command = '', ...rest]: readonly string[]): void {
  assert.ok(commands.includes(`.command('${command}`), `there is no command ${command}`);
  for (const word of rest)
    if (word.startsWith('--')) {
      const option = word.startsWith('--no-') ? word : `${word} `;
      assert.ok(commands.includes(option), `there is no option ${word}`);
    }
}

function checkVariable(name: string): void {
  assert.ok(
    source.some((text) => text.includes(name)),
    `nothing in the code reads ${name}`,
  );
}

test('Kubernetes: commands, variables, ports, probes and volumes are those of the code', () => {
  const { port } = readSettings({});
  assert.deepEqual(sets.map(({ metadata }) => metadata.name).sort(), ['vidette-hub', 'vidette-recorder']);
  for (const { metadata, spec } of sets) {
    const [container] = spec.template.spec.containers;
    assert.ok(container);
    checkCommand(container.args);
    for (const { name } of container.env) checkVariable(name);
    assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
    const service = items.find((item) => item.kind === 'Service' && item.metadata.name === spec.serviceName);
    assert.ok(service?.kind === 'Service');
    assert.deepEqual(service.spec.selector, spec.template.metadata.labels);
    for (const { name } of container.volumeMounts)
      assert.ok(
        spec.volumeClaimTemplates.some((claim) => claim.metadata.name === name),
        `${metadata.name}: ${name}`,
      );
    // Handing over, the last segments, the last reports.
    assert.ok(spec.template.spec.terminationGracePeriodSeconds >= 45);
    if (metadata.name !== 'vidette-hub') continue;
    assert.deepEqual(
      container.ports?.map(({ containerPort }) => containerPort),
      [port],
    );
    assert.equal(service.spec.ports?.[0]?.port, port);
    assert.equal(container.livenessProbe?.httpGet.path, routes.alive.path);
    assert.equal(container.startupProbe?.httpGet.path, routes.alive.path);
    assert.equal(container.readinessProbe?.httpGet.path, routes.ready.path);
    const settings = readSettings(Object.fromEntries(container.env.map(({ name, value }) => [name, value])));
    assert.deepEqual([settings.recorders, settings.host, settings.port], [0, '0.0.0.0', port]);
    assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === settings.data));
  }
});

test('KEDA scales the recorders, from none, by metrics that the hub has, and leaves them room', () => {
  const scaled = items.find((item) => item.kind === 'ScaledObject');
  const recorders = sets.find(({ metadata }) => metadata.name === scaled?.spec.scaleTargetRef.name);
  assert.ok(scaled && recorders);
  const args = recorders.spec.template.spec.containers[0]?.args ?? [];
  const capacity = Number(args[args.indexOf('--capacity') + 1]);
  const hub = args[args.indexOf('--hub') + 1];
  const budget = items.find((item) => item.kind === 'PodDisruptionBudget');
  assert.deepEqual(budget?.spec.selector.matchLabels, recorders.spec.selector.matchLabels);
  assert.deepEqual(
    scaled.spec.triggers.map(({ metadata }) => metadata.valueLocation),
    ['vidette_cameras_enabled', 'vidette_cameras_unheld'],
  );
  for (const { metadata, authenticationRef } of scaled.spec.triggers) {
    assert.ok(metrics.includes(`\`${metadata.valueLocation}\``), `there is no metric ${metadata.valueLocation}`);
    assert.equal(metadata.url, `${hub}${routes.metrics.path}`);
    assert.ok(Number(metadata.targetValue) < capacity);
    assert.ok(
      items.some(({ kind, metadata: { name } }) => kind === 'TriggerAuthentication' && name === authenticationRef.name),
    );
  }
});

test('docker compose: commands and variables are those of the code, and a recorder may be scaled', () => {
  const Compose = z.object({
    services: z.record(
      z.string(),
      z.object({
        command: z.array(z.string()),
        environment: z.record(z.string(), z.string()),
        volumes: z.array(z.string()),
        stop_grace_period: z.literal('60s'),
        container_name: z.undefined().optional(),
      }),
    ),
    volumes: z.record(z.string(), z.unknown()),
  });
  const path = join(projectRoot, 'deploy/compose/compose.json');
  const { services, volumes } = Compose.parse(JSON.parse(readFileSync(path, 'utf8')));
  assert.deepEqual(Object.keys(services).sort(), ['hub', 'recorder']);
  for (const { command, environment, volumes: mounts } of Object.values(services)) {
    checkCommand(command);
    for (const name of Object.keys(environment)) checkVariable(name);
    for (const mount of mounts) assert.ok((mount.split(':')[0] ?? '') in volumes, mount);
  }
});

test('docs/scaling.md names the files that there are', () => {
  const text = readFileSync(join(projectRoot, 'docs/scaling.md'), 'utf8');
  for (const [path] of text.matchAll(/deploy\/[\w./-]+\w|test\/[\w./-]+\.ts/g))
    assert.doesNotThrow(() => readFileSync(join(projectRoot, path)), path);
});
