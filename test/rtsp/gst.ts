/** Starts GStreamer's RTSP server, where it is installed. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface GstSource {
  url(mount: string): string;
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./gst-source.py', import.meta.url));

/** The server, or why there is none. In CI there always is one, or the test fails. */
export async function startGstSource(): Promise<GstSource | string> {
  // Debian's own Python; another one on the PATH has no `gi`.
  const child = spawn('/usr/bin/python3', [SCRIPT], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  const gone = new Promise<undefined>((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.once('error', (error) => {
      said = error.message;
      resolve(undefined);
    });
  });
  const port = await Promise.race([
    gone,
    new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
        const match = /ready (\d+)/.exec(text);
        if (match) resolve(match[1] ?? '');
      });
    }),
  ]);
  if (port === undefined) {
    const reason = `gst-rtsp-server cannot be started (packages in test/rtsp/gst-source.py): ${said.trim().split('\n').at(-1)}`;
    if (process.env.CI) throw new Error(reason);
    return reason;
  }
  return {
    url: (mount) => `rtsp://127.0.0.1:${port}/${mount}`,
    async stop() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
