/** What the style elements of this page have to carry; the gateway made it for this one answer. */
export const nonce = (): string => document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';

declare global {
  var __webpack_nonce__: string | undefined;
}

/** Mantine's windows keep the page behind from scrolling by a style element, whose maker looks for the nonce here. */
export function lendNonce(): void {
  globalThis.__webpack_nonce__ = nonce();
}
