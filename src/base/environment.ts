/**
 * What a child process may inherit. Settings that hold a secret stay with the process that they were given to: a child is told
 * over IPC what it needs, and any process of the same user could read its environment.
 */

const SECRET =
  /^(VIDETTE_(DATABASE|TOKEN|COMMA_TOKEN|CAMERA_USER|CAMERA_PASSWORD)|AWS_.*|PG(PASSWORD|PASSFILE|SERVICE|SERVICEFILE|USER|HOST))$/;

/** The environment without database, store, token, drive account and camera credentials. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !SECRET.test(name)));
}
