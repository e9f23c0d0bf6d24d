/** What a person has filled into the form of a camera, and what of it goes to the hub. */
import type { Camera, CameraChange, NewCamera } from '../../../../src/contract/camera.ts';

type Transport = Camera['transport'];
type Reader = Camera['reader'];
type Sound = Camera['sound'];
type Latest = Camera['latest'];

export class CameraForm {
  readonly #given: Camera | undefined;
  name = $state('');
  url = $state('');
  subUrl = $state('');
  recordSub = $state(false);
  username = $state('');
  password = $state('');
  enabled = $state(true);
  days = $state<number | null>(null);
  gigabytes = $state<number | null>(null);
  momentDays = $state<number | null>(null);
  archiveAfterDays = $state<number | null>(null);
  reader = $state<Reader>('auto');
  transport = $state<Transport>('auto');
  sound = $state<Sound>('keep');
  latest = $state<Latest>('off');
  alertAfterSeconds = $state<number | null>(30);
  onvif = $state('');

  /** @param given the camera as it was when the form was opened: what the hub tells meanwhile must not overwrite what somebody types */
  constructor(given: Camera | undefined) {
    this.#given = given;
    if (!given) return;
    const { retention } = given;
    this.name = given.name;
    this.url = given.url;
    this.subUrl = given.subUrl ?? '';
    this.recordSub = given.recordSub;
    this.username = given.username ?? '';
    this.enabled = given.enabled;
    this.days = retention.days;
    this.gigabytes = retention.bytes === null ? null : Math.round(retention.bytes / 1e7) / 100;
    this.momentDays = retention.momentDays;
    this.archiveAfterDays = retention.archiveAfterDays;
    this.reader = given.reader;
    this.transport = given.transport;
    this.sound = given.sound;
    this.latest = given.latest;
    this.alertAfterSeconds = given.alertAfterSeconds;
    this.onvif = given.onvif?.url ?? '';
  }

  get demo(): boolean {
    return this.#given?.demo === true || this.url.trim() === 'demo:';
  }

  /** Name and password as they would be used: those that are stored count where the address is still the same. */
  get credential(): { username: string | null; password: string | null } {
    return { username: this.username.trim() || null, password: this.password || null };
  }

  /** A stored password is used by trying the stored camera. */
  get sameAsStored(): boolean {
    return this.#given !== undefined && this.url === this.#given.url && this.password === '';
  }

  #settings() {
    return {
      enabled: this.enabled,
      retention: {
        days: this.days || null,
        bytes: this.gigabytes ? Math.round(this.gigabytes * 1e9) : null,
        momentDays: this.momentDays || null,
        archiveAfterDays: this.archiveAfterDays || null,
      },
      alertAfterSeconds: this.alertAfterSeconds ?? 0,
      latest: this.latest,
    };
  }

  #stream() {
    return {
      url: this.url,
      subUrl: this.subUrl.trim() || null,
      recordSub: this.recordSub,
      username: this.username.trim() || null,
      reader: this.reader,
      transport: this.transport,
      sound: this.sound,
      onvif: this.onvif.trim() === '' ? null : { url: this.onvif.trim() },
    };
  }

  toCreate(): NewCamera {
    return { name: this.name, ...this.#settings(), ...this.#stream(), password: this.password || null };
  }

  toChange(): CameraChange {
    return {
      name: this.name,
      ...this.#settings(),
      ...(this.#given?.demo ? {} : this.#stream()),
      ...(this.password === '' ? {} : { password: this.password }),
    };
  }
}
