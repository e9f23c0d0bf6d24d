/** G.711 to 16-bit samples (ITU-T G.711, tables 1 and 2). */
export type G711Law = 'alaw' | 'ulaw';

const TABLES: Record<G711Law, Int16Array> = {
  ulaw: Int16Array.from({ length: 256 }, (_, code) => {
    const value = ~code & 0xff;
    const size = ((((value & 0x0f) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
    return value & 0x80 ? -size : size;
  }),
  alaw: Int16Array.from({ length: 256 }, (_, code) => {
    const value = code ^ 0x55;
    const exponent = (value >> 4) & 7;
    const mantissa = ((value & 0x0f) << 4) + 8;
    const size = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
    return value & 0x80 ? size : -size;
  }),
};

/** Decodes `codes` into `out` from `at` on; one sample per byte. */
export function decodeG711(law: G711Law, codes: Uint8Array, out: Int16Array, at = 0): void {
  const table = TABLES[law];
  for (let i = 0; i < codes.length; i += 1) out[at + i] = table[codes[i] ?? 0] ?? 0;
}
