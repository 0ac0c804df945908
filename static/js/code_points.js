// Greenroom counts characters as code points; a browser counts UTF-16 units, of which an emoji takes two. These
// functions go from one to the other. They are no part of the page by themselves.

const isHigh = (unit) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff;

// The number of code points between two offsets.
export function countCodePoints(text, start = 0, end = text.length) {
  let pairs = 0;
  for (let at = start; at < end - 1; at += 1) {
    if (isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1))) pairs += 1;
  }
  return end - start - pairs;
}

// The offset at which `count` code points have gone by; the end of the text when there are fewer.
export function offsetOf(text, count) {
  let at = 0;
  for (let passed = 0; passed < count && at < text.length; passed += 1) {
    at += isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? 2 : 1;
  }
  return at;
}
