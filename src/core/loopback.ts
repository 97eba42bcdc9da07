const LOOPBACK = /^(127(\.\d+){3}|localhost|\[::1\])$/;

/** Whether an address is one of this machine: 127.0.0.0/8, ::1 or localhost. What cannot be read as an address is none. */
export function isLoopback(address: string): boolean {
  return URL.canParse(address) && LOOPBACK.test(new URL(address).hostname);
}
