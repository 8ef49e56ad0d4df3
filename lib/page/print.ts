/** While the page is printed it has the colours and the width of paper. */
export function isPrinting(): boolean {
  return document.documentElement.classList.contains('printing');
}

/**
 * Calls before and after the page is printed.
 *
 * @param before Must be through when it returns: the browser does not wait.
 */
export function onPrint(before: () => void, after: () => void): void {
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('printing');
    before();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('printing');
    after();
  });
}
