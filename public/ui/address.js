/** Returns an address with a protocol, https where it has none. @param {string} address */
export function withProtocol(address) {
  return /^https?:/i.test(address.trim()) ? address.trim() : `https://${address.trim()}`;
}
