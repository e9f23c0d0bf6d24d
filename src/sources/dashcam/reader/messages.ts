/** What the hub asks of the process that opens drives and clips, and what it answers. */
import type { Place } from '../harvest/place.ts';
import type { CarEvent } from '../layout/event-json.ts';

/** Where the bytes of a file are, whoever reads them. */
export interface FilePlace {
  /** Of the file; of the image where there are pieces. */
  readonly path: string;
  /** For messages: what people call it, without a path. */
  readonly name: string;
  readonly bytes: number;
  /** Offset and length of each piece in the image; null: it is a file by itself. */
  readonly pieces: readonly (readonly [number, number])[] | null;
}

export type ReaderOrder =
  /** What is on a drive: image, device or folder. @param known prints of files that need not be opened */
  | { readonly do: 'scan'; readonly path: string; readonly known: ReadonlySet<string> }
  /** What a clip says of itself. */
  | { readonly do: 'details'; readonly file: FilePlace }
  /** The telemetry of a clip, written to `to` as JSON ({@link TelemetryColumns}). */
  | { readonly do: 'telemetry'; readonly file: FilePlace; readonly to: string };

/** What a clip says of itself. */
export interface ClipDetails {
  /** RFC 6381; null: it cannot be told. */
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Seconds. */
  readonly seconds: number | null;
  /** UTC ms by the video; null: it does not tell, or nothing that can be true. */
  readonly utc: number | null;
  readonly complete: boolean;
  readonly encrypted: boolean;
}

export interface ScannedFile {
  /** On the drive. */
  readonly path: string;
  readonly bytes: number;
  /** Another one means that the car has touched the file. */
  readonly print: string;
  readonly pieces: readonly (readonly [number, number])[] | null;
  readonly place: Place;
  /** Of clips that are not known. */
  readonly details: ClipDetails | null;
  /** Of an `event.json` that is not known. */
  readonly event: CarEvent | null;
  /** Of what is no clip and not known. */
  readonly encrypted: boolean;
}

export interface ScannedDrive {
  readonly kind: 'image' | 'folder';
  readonly files: readonly ScannedFile[];
  /** There is more than is looked at. */
  readonly cut: boolean;
}

/** Columns of equal length, one row for each picture that has telemetry. */
export interface TelemetryColumns {
  /** ms from the first picture. */
  readonly at: readonly number[];
  readonly speed: readonly number[];
  /** As the car writes it: 0 to 1 or 0 to 100. */
  readonly accelerator: readonly number[];
  readonly steering: readonly number[];
  /** Bits: brake 1, blinker left 2, right 4. */
  readonly flags: readonly number[];
  /** Indices of `park drive reverse neutral`; -1: unknown. */
  readonly gear: readonly number[];
  /** Indices of `none self-driving autosteer cruise`; -1: unknown. */
  readonly autopilot: readonly number[];
  readonly latitude: readonly number[];
  readonly longitude: readonly number[];
  readonly heading: readonly number[];
  readonly accelerationX: readonly number[];
  readonly accelerationY: readonly number[];
}

export interface ReaderResults {
  scan: ScannedDrive;
  details: ClipDetails;
  telemetry: { readonly pictures: number };
}

export interface ToReader {
  readonly id: number;
  readonly order: ReaderOrder;
}

export type FromReader =
  | { readonly id: number; readonly result: ReaderResults[keyof ReaderResults] }
  /** `input`: what is in the file; `broken`: a bug or the machine. */
  | { readonly id: number; readonly failed: 'input' | 'broken'; readonly name: string; readonly message: string }
  /** It cannot be opened at all; in words. */
  | { readonly id: number; readonly failed: 'refused'; readonly message: string; readonly remedy: string };
