/** The table of capitals that an exFAT volume carries (exFAT specification, section 7.2), for all of the 65,536 characters. */

const CODES = 0x10000;
/** 0xffff and a count: so many characters are their own capitals. */
const SAME = 0xffff;

let made: Buffer | undefined;

/** Compressed. Drivers refuse a table that ends early. */
export function upcaseTable(): Buffer {
  made ??= make();
  return made;
}

function make(): Buffer {
  const words: number[] = [];
  for (let code = 0; code < CODES; ) {
    let same = 0;
    while (code + same < CODES && capitalOf(code + same) === code + same) same += 1;
    // The first 128 stand as they are (section 7.2.5).
    if (same > 2 && code >= 128) {
      words.push(SAME, Math.min(same, SAME));
      code += Math.min(same, SAME);
    } else {
      words.push(capitalOf(code));
      code += 1;
    }
  }
  const table = Buffer.alloc(words.length * 2);
  for (const [index, word] of words.entries()) table.writeUInt16LE(word, index * 2);
  return table;
}

/** Of one character, where that is one character too. */
function capitalOf(code: number): number {
  if (code >= 0xd800 && code < 0xe000) return code;
  const capital = String.fromCharCode(code).toUpperCase();
  return capital.length === 1 ? capital.charCodeAt(0) : code;
}
