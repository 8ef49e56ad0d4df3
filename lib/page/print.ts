/** Whether the page is being printed, in the colours and the width of paper. */
export function isPrinting(): boolean {
  return document.documentElement.classList.contains('printing');
}

/**
 * Registers functions to call before and after the page is printed.
 *
 * @param before Must finish its work before it returns: the browser does not wait.
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
